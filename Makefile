# make demo   build a release of the example records, validate it, answer three questions
# make test   style, types and all tests, the tests against the built wheel
# make check  style and types alone
# make docs   write the generated pages of docs/ anew
# make clean  remove what the other targets made

PYTHON ?= python3
# The environment of demo, check and docs sees the checkout; the one of test sees the wheel only.
VENV ?= .venv
TEST_VENV ?= .ci-venv
JOBS ?= 2
DEMO := build/demo
CHECKED := kg tests benchmarks docs/pages.py

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test check docs clean

help:
	@sed -n 's/^# make /make /p' Makefile

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install -qq --editable '.[dev]'
	@touch $@

demo: export PATH := $(abspath $(VENV)/bin):$(PATH)
demo: $(VENV)/ready
	cellkg build examples --out $(DEMO)
	cellkg validate $(DEMO)
	@echo
	@echo "1. Which arms give allogeneic NK cells to relapsed or refractory AML, after what, with which support?"
	cellkg query allogeneic-nk-aml-arms --graph $(DEMO) --columns trial,arm,donor,conditioning,cytokine
	@echo
	@echo "2. Which trials give donor lymphocytes after transplantation, and with what intent?"
	cellkg query donor-lymphocytes-after-transplant --graph $(DEMO) --columns intent,trial,arm,states,status
	@echo
	@echo "3. What are the cells of NCT05272293, and which words say so?"
	cellkg explain kg:trial/NCT05272293/product/1 --graph $(DEMO)

test:
	test -x $(TEST_VENV)/bin/python || $(PYTHON) -m venv $(TEST_VENV)
	rm -rf $(TEST_VENV)/wheel
	$(TEST_VENV)/bin/python -m pip wheel -qq --no-deps --wheel-dir $(TEST_VENV)/wheel .
	$(TEST_VENV)/bin/python -m pip install -qq "$$(echo $(TEST_VENV)/wheel/*.whl)[dev]"
	$(TEST_VENV)/bin/python -m pip install -qq --no-deps --force-reinstall $(TEST_VENV)/wheel/*.whl
	$(TEST_VENV)/bin/ruff check $(CHECKED)
	$(TEST_VENV)/bin/ruff format --check $(CHECKED)
	$(TEST_VENV)/bin/mypy --strict kg
	CELLKG_TEST_INSTALLED=1 $(TEST_VENV)/bin/pytest -n $(JOBS)

check: $(VENV)/ready
	$(VENV)/bin/ruff check $(CHECKED)
	$(VENV)/bin/ruff format --check $(CHECKED)
	$(VENV)/bin/mypy --strict kg

docs: $(VENV)/ready
	$(VENV)/bin/python docs/pages.py

clean:
	rm -rf .venv .ci-venv build dist
