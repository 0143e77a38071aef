"""Reports in the formats that people and programs read, waivers, and the comparison of reports."""
