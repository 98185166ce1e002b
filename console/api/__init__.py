"""The HTTP API: the same verbs, roles and audit lines as the pages. An operation is declared once; routes, checks and document follow from it."""
