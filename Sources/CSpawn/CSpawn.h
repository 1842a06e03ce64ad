#pragma once

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

// What starts a child process cleanly: a session of its own, a folder, no descriptor of ours, and pipes that no other
// child inherits. glibc declares these only to those who ask for GNU's extensions, which Swift does not.
#ifdef __linux__
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *folder);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int pipe2(int descriptors[2], int flags);
enum { cspawn_new_session = 0x80 };
#else
enum { cspawn_new_session = POSIX_SPAWN_SETSID | POSIX_SPAWN_CLOEXEC_DEFAULT };
#endif

static inline int cspawn_change_folder(posix_spawn_file_actions_t *actions, const char *folder) {
    return posix_spawn_file_actions_addchdir_np(actions, folder);
}

// Closes all but the three standard streams in the child.
static inline int cspawn_close_others(posix_spawn_file_actions_t *actions) {
#ifdef __linux__
    return posix_spawn_file_actions_addclosefrom_np(actions, 3);
#else
    return 0;
#endif
}

static inline int cspawn_pipe(int descriptors[2]) {
#ifdef __linux__
    return pipe2(descriptors, O_CLOEXEC);
#else
    if (pipe(descriptors) != 0) return -1;
    fcntl(descriptors[0], F_SETFD, FD_CLOEXEC);
    fcntl(descriptors[1], F_SETFD, FD_CLOEXEC);
    return 0;
#endif
}

static inline int cspawn_set_nonblocking(int descriptor) {
    return fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}
