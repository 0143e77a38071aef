"""What belongs to a session beside its records: overrides, journal, scenarios, snapshots."""
