"""How fast Fileplan is beside what people would otherwise use. Ratios of one and the same run; nothing is asserted."""
