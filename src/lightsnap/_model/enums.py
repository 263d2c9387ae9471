"""AWS's enumerations, open to values that are not published.

AWS adds values without notice, and sends some that are on no published list. A value
that is not a member is kept::

    >>> OperationStatus("Paused")
    <OperationStatus: 'Paused'>
    >>> OperationStatus("Paused") == "Paused"
    True

A ``match`` over one of these therefore always needs a ``case _``, although type
checkers, which know only the members, consider it unreachable. Unpublished values
compare and hash by their text; iterating over the class does not include them.

Source: the shapes of the same names in botocore's model of Lightsail.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class OpenStrEnum(StrEnum):
    """A StrEnum that accepts values other than its members."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        unpublished = str.__new__(cls, value)
        unpublished._name_ = unpublished._value_ = str(value)
        return unpublished

    def __reduce_ex__(self, _: object) -> tuple[object, ...]:
        # Early releases of Python 3.11 pickle by name, which only members have.
        return type(self), (self.value,)

    def __repr__(self) -> str:
        if self in type(self).__members__.values():
            return f"{type(self).__name__}.{self.name}"
        return f"<{type(self).__name__}: {self.value!r}>"


class OperationStatus(OpenStrEnum):
    """The status of an operation. Whether it is terminal, ``is_terminal`` says."""

    NOT_STARTED = "NotStarted"
    STARTED = "Started"
    FAILED = "Failed"
    COMPLETED = "Completed"
    SUCCEEDED = "Succeeded"


class InstanceSnapshotState(OpenStrEnum):
    """The state of a snapshot."""

    PENDING = "pending"
    ERROR = "error"
    AVAILABLE = "available"


class DiskState(OpenStrEnum):
    """The state of a disk."""

    PENDING = "pending"
    ERROR = "error"
    AVAILABLE = "available"
    IN_USE = "in-use"
    UNKNOWN = "unknown"


class AutoMountStatus(OpenStrEnum):
    """Whether Lightsail has mounted a disk (Lightsail for Research)."""

    FAILED = "Failed"
    PENDING = "Pending"
    MOUNTED = "Mounted"
    NOT_MOUNTED = "NotMounted"


class ResourceType(OpenStrEnum):
    """The type of a resource."""

    CONTAINER_SERVICE = "ContainerService"
    INSTANCE = "Instance"
    STATIC_IP = "StaticIp"
    KEY_PAIR = "KeyPair"
    INSTANCE_SNAPSHOT = "InstanceSnapshot"
    DOMAIN = "Domain"
    PEERED_VPC = "PeeredVpc"
    LOAD_BALANCER = "LoadBalancer"
    LOAD_BALANCER_TLS_CERTIFICATE = "LoadBalancerTlsCertificate"
    DISK = "Disk"
    DISK_SNAPSHOT = "DiskSnapshot"
    RELATIONAL_DATABASE = "RelationalDatabase"
    RELATIONAL_DATABASE_SNAPSHOT = "RelationalDatabaseSnapshot"
    EXPORT_SNAPSHOT_RECORD = "ExportSnapshotRecord"
    CLOUD_FORMATION_STACK_RECORD = "CloudFormationStackRecord"
    ALARM = "Alarm"
    CONTACT_METHOD = "ContactMethod"
    DISTRIBUTION = "Distribution"
    CERTIFICATE = "Certificate"
    BUCKET = "Bucket"
    SUBDOMAIN = "Subdomain"


class OperationType(OpenStrEnum):
    """The type of an operation."""

    DELETE_KNOWN_HOST_KEYS = "DeleteKnownHostKeys"
    DELETE_INSTANCE = "DeleteInstance"
    CREATE_INSTANCE = "CreateInstance"
    STOP_INSTANCE = "StopInstance"
    START_INSTANCE = "StartInstance"
    REBOOT_INSTANCE = "RebootInstance"
    OPEN_INSTANCE_PUBLIC_PORTS = "OpenInstancePublicPorts"
    PUT_INSTANCE_PUBLIC_PORTS = "PutInstancePublicPorts"
    CLOSE_INSTANCE_PUBLIC_PORTS = "CloseInstancePublicPorts"
    ALLOCATE_STATIC_IP = "AllocateStaticIp"
    RELEASE_STATIC_IP = "ReleaseStaticIp"
    ATTACH_STATIC_IP = "AttachStaticIp"
    DETACH_STATIC_IP = "DetachStaticIp"
    UPDATE_DOMAIN_ENTRY = "UpdateDomainEntry"
    DELETE_DOMAIN_ENTRY = "DeleteDomainEntry"
    CREATE_DOMAIN = "CreateDomain"
    DELETE_DOMAIN = "DeleteDomain"
    CREATE_INSTANCE_SNAPSHOT = "CreateInstanceSnapshot"
    DELETE_INSTANCE_SNAPSHOT = "DeleteInstanceSnapshot"
    CREATE_INSTANCES_FROM_SNAPSHOT = "CreateInstancesFromSnapshot"
    CREATE_LOAD_BALANCER = "CreateLoadBalancer"
    DELETE_LOAD_BALANCER = "DeleteLoadBalancer"
    ATTACH_INSTANCES_TO_LOAD_BALANCER = "AttachInstancesToLoadBalancer"
    DETACH_INSTANCES_FROM_LOAD_BALANCER = "DetachInstancesFromLoadBalancer"
    UPDATE_LOAD_BALANCER_ATTRIBUTE = "UpdateLoadBalancerAttribute"
    CREATE_LOAD_BALANCER_TLS_CERTIFICATE = "CreateLoadBalancerTlsCertificate"
    DELETE_LOAD_BALANCER_TLS_CERTIFICATE = "DeleteLoadBalancerTlsCertificate"
    ATTACH_LOAD_BALANCER_TLS_CERTIFICATE = "AttachLoadBalancerTlsCertificate"
    CREATE_DISK = "CreateDisk"
    DELETE_DISK = "DeleteDisk"
    ATTACH_DISK = "AttachDisk"
    DETACH_DISK = "DetachDisk"
    CREATE_DISK_SNAPSHOT = "CreateDiskSnapshot"
    DELETE_DISK_SNAPSHOT = "DeleteDiskSnapshot"
    CREATE_DISK_FROM_SNAPSHOT = "CreateDiskFromSnapshot"
    CREATE_RELATIONAL_DATABASE = "CreateRelationalDatabase"
    UPDATE_RELATIONAL_DATABASE = "UpdateRelationalDatabase"
    DELETE_RELATIONAL_DATABASE = "DeleteRelationalDatabase"
    CREATE_RELATIONAL_DATABASE_FROM_SNAPSHOT = "CreateRelationalDatabaseFromSnapshot"
    CREATE_RELATIONAL_DATABASE_SNAPSHOT = "CreateRelationalDatabaseSnapshot"
    DELETE_RELATIONAL_DATABASE_SNAPSHOT = "DeleteRelationalDatabaseSnapshot"
    UPDATE_RELATIONAL_DATABASE_PARAMETERS = "UpdateRelationalDatabaseParameters"
    START_RELATIONAL_DATABASE = "StartRelationalDatabase"
    REBOOT_RELATIONAL_DATABASE = "RebootRelationalDatabase"
    STOP_RELATIONAL_DATABASE = "StopRelationalDatabase"
    ENABLE_ADD_ON = "EnableAddOn"
    DISABLE_ADD_ON = "DisableAddOn"
    PUT_ALARM = "PutAlarm"
    GET_ALARMS = "GetAlarms"
    DELETE_ALARM = "DeleteAlarm"
    TEST_ALARM = "TestAlarm"
    CREATE_CONTACT_METHOD = "CreateContactMethod"
    GET_CONTACT_METHODS = "GetContactMethods"
    SEND_CONTACT_METHOD_VERIFICATION = "SendContactMethodVerification"
    DELETE_CONTACT_METHOD = "DeleteContactMethod"
    CREATE_DISTRIBUTION = "CreateDistribution"
    UPDATE_DISTRIBUTION = "UpdateDistribution"
    DELETE_DISTRIBUTION = "DeleteDistribution"
    RESET_DISTRIBUTION_CACHE = "ResetDistributionCache"
    ATTACH_CERTIFICATE_TO_DISTRIBUTION = "AttachCertificateToDistribution"
    DETACH_CERTIFICATE_FROM_DISTRIBUTION = "DetachCertificateFromDistribution"
    UPDATE_DISTRIBUTION_BUNDLE = "UpdateDistributionBundle"
    SET_IP_ADDRESS_TYPE = "SetIpAddressType"
    CREATE_CERTIFICATE = "CreateCertificate"
    DELETE_CERTIFICATE = "DeleteCertificate"
    CREATE_CONTAINER_SERVICE = "CreateContainerService"
    UPDATE_CONTAINER_SERVICE = "UpdateContainerService"
    DELETE_CONTAINER_SERVICE = "DeleteContainerService"
    CREATE_CONTAINER_SERVICE_DEPLOYMENT = "CreateContainerServiceDeployment"
    CREATE_CONTAINER_SERVICE_REGISTRY_LOGIN = "CreateContainerServiceRegistryLogin"
    REGISTER_CONTAINER_IMAGE = "RegisterContainerImage"
    DELETE_CONTAINER_IMAGE = "DeleteContainerImage"
    CREATE_BUCKET = "CreateBucket"
    DELETE_BUCKET = "DeleteBucket"
    CREATE_BUCKET_ACCESS_KEY = "CreateBucketAccessKey"
    DELETE_BUCKET_ACCESS_KEY = "DeleteBucketAccessKey"
    UPDATE_BUCKET_BUNDLE = "UpdateBucketBundle"
    UPDATE_BUCKET = "UpdateBucket"
    SET_RESOURCE_ACCESS_FOR_BUCKET = "SetResourceAccessForBucket"
    UPDATE_INSTANCE_METADATA_OPTIONS = "UpdateInstanceMetadataOptions"
    START_GUI_SESSION = "StartGUISession"
    STOP_GUI_SESSION = "StopGUISession"
    SETUP_INSTANCE_HTTPS = "SetupInstanceHttps"
    GET_PROFILE = "GetProfile"
    CREATE_SUBDOMAIN = "CreateSubdomain"
    UPDATE_SUBDOMAIN_ASSOCIATION = "UpdateSubdomainAssociation"
    DELETE_SUBDOMAIN = "DeleteSubdomain"
    # Sent by the service, but on no published list.
    COPY_SNAPSHOT = "CopySnapshot"
