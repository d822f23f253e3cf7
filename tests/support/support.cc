// Keeps the support library non-empty and its headers compiled once on their own.
#include "tests/support/pii_for_tests.h"
#include "tests/support/reference_data.h"
