"""How good, side by side: errors, calibration and time of ``TabularClassifier`` and its peers."""
