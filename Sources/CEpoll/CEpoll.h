#pragma once

#ifdef __linux__
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

// How many cores this process may use, 0 if the kernel does not tell. glibc declares its own function for it only to
// those who ask for GNU's extensions, which Swift does not.
static inline int cepoll_usable_cores(void) {
    unsigned char set[1024] = {0};
    long length = syscall(SYS_sched_getaffinity, 0, sizeof set, set);
    int count = 0;
    for (long i = 0; i < length; i++) count += __builtin_popcount(set[i]);
    return count;
}
#endif
