// Precompiled for the tests: what every target has, and gtest.
#include "cmake/pch.h"

#include <gtest/gtest.h>
