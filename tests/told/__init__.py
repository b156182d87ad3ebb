"""Every line that is shown, held against what is true."""
