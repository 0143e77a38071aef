"""Sessions, and what belongs to one besides its records: overrides, journal, scenarios, snapshots."""
