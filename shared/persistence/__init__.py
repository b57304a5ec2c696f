"""Everything that knows DynamoDB: keys, models, and the implementations of the ports."""
