"""The state in one DynamoDB table, so that collecting needs no database server.

Nothing is imported here: boto3 is there only where somebody keeps the state so.
"""
