"""The facts people edit: one Python type each, from which the JSON Schema is written."""
