#!/bin/bash
# Back up an instance, keep two snapshots, and restore the newest: what people write.
set -eu
INSTANCE=$1
REGION=us-west-2
STAMP=$2
SNAPSHOT="$INSTANCE-auto-$STAMP"

if [ "$(aws lightsail get-instance --instance-name "$INSTANCE" --region $REGION \
        --query 'instance.state.name' --output text)" != running ]; then
    echo "$INSTANCE does not run" >&2
    exit 1
fi

aws lightsail create-instance-snapshot --region $REGION \
    --instance-name "$INSTANCE" --instance-snapshot-name "$SNAPSHOT" \
    --tags key=backup,value=auto >/dev/null

until [ "$(aws lightsail get-instance-snapshot --instance-snapshot-name "$SNAPSHOT" \
        --region $REGION --query 'instanceSnapshot.state' --output text \
        || echo pending)" = available ]; do
    sleep 0.1
done

aws lightsail get-instance-snapshots --region $REGION --output text \
    --query "sort_by(instanceSnapshots[?fromInstanceName=='$INSTANCE'], &createdAt)[].name" |
    tr '\t' '\n' | head -n -2 | while read -r old; do
        aws lightsail delete-instance-snapshot --region $REGION \
            --instance-snapshot-name "$old" --output json >/dev/null
        echo "deleted $old"
    done

aws lightsail create-instances-from-snapshot --region $REGION \
    --instance-snapshot-name "$SNAPSHOT" --instance-names "$INSTANCE-restored-$STAMP" \
    --availability-zone ${REGION}a --bundle-id nano_3_0 \
    --query 'operations[*].[operationType,resourceName]' --output text
aws lightsail get-operations-for-resource --resource-name "$INSTANCE-restored-$STAMP" \
    --region $REGION --query 'length(operations)' --output text
aws lightsail get-instances --region $REGION --query 'instances[].name' --output text
