"""A month of events through the rules, on a clock of its own: the alerts that the SOC would see."""
