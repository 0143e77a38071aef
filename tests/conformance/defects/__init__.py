"""Planted defects: faults between the kit and a correct mock, each of which a check of the kit has to see."""
