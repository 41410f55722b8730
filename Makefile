# make demo | test | check | gate | golden | bench
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
