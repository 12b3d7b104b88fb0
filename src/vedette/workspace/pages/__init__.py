"""What a browser is shown of the workspace: one module a page, and what pages share."""
