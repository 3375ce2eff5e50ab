"""What screening found: as text, as JSON and as SARIF."""
