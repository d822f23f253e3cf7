// Precompiled by every test.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/core/base/pch.h"
