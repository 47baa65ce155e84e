#!/bin/sh
# Hands the secrets to the server, whose settings are environment variables.
set -eu

MCP_VITALS_TOKEN=$(cat /run/secrets/scrape-token/token)
PGPASSWORD=$(cat /run/secrets/database-password/password)
export MCP_VITALS_TOKEN PGPASSWORD

exec node --import mcp-vitals/register examples/knowledge-base/server.js "$@"
