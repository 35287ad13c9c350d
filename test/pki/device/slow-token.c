/*
 * SoftHSM as a slow device: so many signatures a second, one after the other, whatever the number of sessions. Built and
 * used by measurements only (measure-device-seals.ts): SLOW_TOKEN_LIBRARY is SoftHSM's path, SLOW_TOKEN_RATE the rate.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include "pkcs11.h"

static CK_FUNCTION_LIST slow;
static CK_FUNCTION_LIST_PTR real;
static pthread_mutex_t device = PTHREAD_MUTEX_INITIALIZER;

static CK_RV slow_sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR signature,
                       CK_ULONG_PTR signature_length) {
  long nanoseconds = 1000000000L / atol(getenv("SLOW_TOKEN_RATE"));
  struct timespec until;
  pthread_mutex_lock(&device);
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += nanoseconds;
  until.tv_sec += until.tv_nsec / 1000000000L;
  until.tv_nsec %= 1000000000L;
  CK_RV result = real->C_Sign(session, data, length, signature, signature_length);
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
  pthread_mutex_unlock(&device);
  return result;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
  void *library = dlopen(getenv("SLOW_TOKEN_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return CKR_GENERAL_ERROR;
  CK_RV (*get)(CK_FUNCTION_LIST_PTR_PTR) = (CK_RV(*)(CK_FUNCTION_LIST_PTR_PTR))dlsym(library, "C_GetFunctionList");
  CK_RV result = get(&real);
  if (result != CKR_OK) return result;
  slow = *real;
  slow.C_Sign = slow_sign;
  *list = &slow;
  return CKR_OK;
}
