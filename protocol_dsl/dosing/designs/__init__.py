"""Published escalation designs, each as a machine that says who is treated next."""
