/* The main() of every Check program: runs one suite and tells by the exit code. */
#pragma once

#include <cstdlib>

// Last: it defines macros such as fail() that the C++ library does not survive.
#include <check.h>

inline int run_suite(Suite* suite) {
  SRunner* runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  const int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/// A suite of one test case; `timeout` in seconds.
template <typename... Tests>
Suite* make_suite(const char* name, double timeout, Tests... tests) {
  Suite* suite = suite_create(name);
  TCase* tcase = tcase_create(name);
  tcase_set_timeout(tcase, timeout);
  (tcase_add_test(tcase, tests), ...);
  suite_add_tcase(suite, tcase);
  return suite;
}
