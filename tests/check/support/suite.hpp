/* The main() of every Check program: runs one suite and tells by the exit code.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <cstdlib>
#include <vector>

// Last: it defines macros such as fail() that the C++ library does not survive.
#include <check.h>

/// A test; with `rounds`, once for each _i from 0 on.
struct SuiteTest {
  SuiteTest(const TTest* once) : test(once) {}
  SuiteTest(const TTest* each, int count) : test(each), rounds(count) {}
  const TTest* test;
  int rounds = 0;
};

/// The tests that guard one promise: CK_RUN_CASE=P8 runs those of P8 alone. Those that guard none
/// are in a case called after the suite's subject.
struct SuiteCase {
  const char* promise;
  std::vector<SuiteTest> tests;
};

/// `name` is FOLDER/SUBJECT; no test may take longer than `timeout`, in seconds.
inline int run_suite(const char* name, double timeout, const std::vector<SuiteCase>& cases) {
  Suite* suite = suite_create(name);
  for (const SuiteCase& one : cases) {
    TCase* tcase = tcase_create(one.promise);
    tcase_set_timeout(tcase, timeout);
    for (const SuiteTest& test : one.tests)
      if (test.rounds > 0)
        tcase_add_loop_test(tcase, test.test, 0, test.rounds);
      else
        tcase_add_test(tcase, test.test);
    suite_add_tcase(suite, tcase);
  }
  SRunner* runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  const int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
