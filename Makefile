# Short names for the scripts in tools/. ARGS is passed on: make test ARGS=tests/unit/vision
.PHONY: help run test lint types fix spa docs ci
help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 8

run:  ## start the whole system on this machine
	./tools/run-local.sh $(ARGS)

test:  ## run all checks and tests, or those that ARGS names
	./tools/test.sh $(ARGS)

lint:  ## check formatting, style and import rules
	./tools/checks.sh format lint imports

types:  ## check types
	./tools/checks.sh types

fix:  ## format the code and apply safe fixes
	./tools/checks.sh fix

spa:  ## check, test and build the dashboard
	./tools/build-dashboard.sh --check

docs:  ## write the generated pages and files again
	./tools/generate.sh $(ARGS)

ci:  ## run what continuous integration runs
	./.ci/run
