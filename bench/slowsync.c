/* Preloaded by accepts.py: every fsync and fdatasync is a pause of a millisecond, and is counted.
   The disk itself is not asked, so that the figures are the same whatever disk there is. */

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

#define COST_NS 1000000L

static atomic_long syncs, nanoseconds;

/* Read by the program itself, through ctypes. */
long slowsync_count(void) { return syncs; }
long slowsync_ns(void) { return nanoseconds; }

static int pause_for_it(void) {
    struct timespec began, now, left = {.tv_nsec = COST_NS};
    clock_gettime(CLOCK_MONOTONIC, &began);
    while (nanosleep(&left, &left) == -1 && errno == EINTR) {
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    syncs++;
    nanoseconds += (now.tv_sec - began.tv_sec) * 1000000000L + (now.tv_nsec - began.tv_nsec);
    return 0;
}

int fsync(int file) { return (void)file, pause_for_it(); }
int fdatasync(int file) { return (void)file, pause_for_it(); }
