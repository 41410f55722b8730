"""The reviewers' screen: a web application on loopback over the pipeline's readings and cases."""
