"""The operations on the resources."""

from datetime import datetime, timedelta

from moto.moto_api import state_manager
from moto.moto_api._internal import mock_random

from .clock import TimedState
from .resources import Outcome, Resource, Transitions

OPERATION = "lightsail::operation"

state_manager.register_default_transition(
    OPERATION, {"progression": "manual", "times": 1}
)


class Operation(TimedState):
    """The record of work on one resource, with its status."""

    def __init__(
        self,
        resource: Resource,
        *,
        serial: int,
        operation_type: str,
        operation_details: str | None,
        state_model: str | None,
        outcome: Outcome | None,
    ) -> None:
        transitions: Transitions = [("NotStarted", "Started")]
        if state_model is None:  # It is terminal at once.
            transitions = [("Succeeded", "Succeeded")]
        elif outcome is None:
            transitions.append(("Started", "Succeeded"))
        elif outcome.error_code:
            transitions.append(("Started", "Failed"))
        super().__init__(state_model or OPERATION, transitions)
        self.serial = serial
        self.id: str = str(mock_random.uuid4())
        self.resource = resource
        self.operation_type = operation_type
        self.operation_details = operation_details
        self.outcome = outcome
        self.polls: int = 0
        self.created_at: datetime = self.status_changed_at

    def advance(self) -> None:
        super().advance()
        self.polls += 1

    def make_older(self, by: timedelta) -> None:
        super().make_older(by)
        self.created_at -= by

    def to_dict(self) -> dict[str, object]:
        status = self._read_status()
        error: dict[str, object] = {}
        if self.outcome and status == "Failed":
            error["errorCode"] = self.outcome.error_code
            error["errorDetails"] = self.outcome.error_details
        return {
            "id": self.id,
            "resourceName": self.resource.name,
            "resourceType": self.resource.resource_type,
            "createdAt": self.created_at,
            "location": self._location,
            "isTerminal": status in ("Succeeded", "Failed"),
            "operationDetails": self.operation_details,
            "operationType": self.operation_type,
            "status": status,
            # AWS's documented response to DeleteAutoSnapshot has none.
            "statusChangedAt": None if self._is_deletion else self.status_changed_at,
            **error,
        }

    @property
    def _is_deletion(self) -> bool:
        return self.operation_type == "DeleteAutoSnapshot"

    @property
    def _location(self) -> dict[str, str]:
        location = self.resource.location
        if self._is_deletion:  # In AWS's example, the zone is the Region.
            return {**location, "availabilityZone": location["regionName"]}
        return location

    def _read_status(self) -> str | None:
        """Return the status. Call it once per response: a read may advance it."""
        if self.outcome and self.outcome.after_polls is not None:
            status = "Started" if self.polls else "NotStarted"
            if self.polls >= self.outcome.after_polls:
                status = "Failed"
            if status != self._status:
                self.status = status
            return status
        return self.status
