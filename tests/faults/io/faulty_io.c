/* A disk with faults, for one process: cc -shared -fPIC -o faulty_io.so faulty_io.c -ldl, then
 *
 *     LD_PRELOAD=./faulty_io.so FAULTY_FOLDER=/tmp/models FAULTY_AT=3 FAULTY_HOW=EIO deltarule ...
 *
 * It stands between the program and the C library, counts the calls below that concern
 * FAULTY_FOLDER or a file in it, and at the call number FAULTY_AT does what FAULTY_HOW says:
 *
 *     ENOSPC, EIO, EROFS   the call fails with this error, and nothing is done
 *     ENOSPC+ ...          that call does, and every later one
 *     short                a write writes half of its bytes; nothing happens to other calls
 *     kill-before          SIGKILL before the call
 *     kill-after           SIGKILL after it
 *     power-cut            what was written and not synced is lost (its file is empty, as on a file
 *                          system that allocates late), then SIGKILL
 *
 * FAULTY_LOG, if set, gets a line for each counted call: its name, and of which file in the folder;
 * "." is the folder itself. At call 0 nothing goes wrong: a dry run. A program that forks sets all
 * this in the child, where counting begins anew, by calling faulty_set.
 *
 * A path counts as it is given, absolute and without symbolic links.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name)                               \
    static __typeof__(name) *real_##name = NULL; \
    if (!real_##name) real_##name = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

enum fault { NONE, FAIL, SHORT, KILL_BEFORE, KILL_AFTER, POWER_CUT };

static char folder[PATH_MAX], log_path[PATH_MAX];
static int at, lasts, error_number;
static enum fault wanted;
static atomic_int count;

/* ---- Settings ---- */

static int set_how(const char *how)
{
    static const struct { const char *name; enum fault fault; int error; } KNOWN[] = {
        {"", NONE, 0}, {"short", SHORT, 0},
        {"kill-before", KILL_BEFORE, 0}, {"kill-after", KILL_AFTER, 0}, {"power-cut", POWER_CUT, 0},
        {"ENOSPC", FAIL, ENOSPC}, {"EIO", FAIL, EIO}, {"EROFS", FAIL, EROFS},
    };
    size_t length = strcspn(how, "+");
    lasts = how[length] == '+';
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        if (strlen(KNOWN[i].name) == length && !strncmp(how, KNOWN[i].name, length)) {
            wanted = KNOWN[i].fault;
            error_number = KNOWN[i].error;
            return 0;
        }
    return -1;
}

/* Begin to count; an empty folder ends it. Returns -1 if `how` is unknown. */
int faulty_set(const char *where, int number, const char *how, const char *log_to)
{
    snprintf(folder, sizeof folder, "%s", where);
    snprintf(log_path, sizeof log_path, "%s", log_to);
    at = number;
    atomic_store(&count, 0);
    return set_how(how);
}

__attribute__((constructor)) static void set_from_environment(void)
{
    const char *where = getenv("FAULTY_FOLDER"), *number = getenv("FAULTY_AT");
    const char *how = getenv("FAULTY_HOW"), *log_to = getenv("FAULTY_LOG");
    if (where && faulty_set(where, number ? atoi(number) : 0, how ? how : "", log_to ? log_to : ""))
        abort();
}

/* ---- Counting ---- */

static void write_log(const char *name, const char *inside)
{
    REAL(open);
    REAL(write);
    char line[PATH_MAX + 32];
    int length = snprintf(line, sizeof line, "%s %s\n", name, *inside ? inside + 1 : ".");
    int fd = real_open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || real_write(fd, line, length) != length) abort();
    close(fd);
}

static int concerns_folder(const char *path)
{
    size_t length = strlen(folder);
    return length && !strncmp(path, folder, length) && (!path[length] || path[length] == '/');
}

/* Return the fault of this call: NONE also if it does not concern the folder. */
static enum fault next_fault(const char *name, const char *path)
{
    int before = errno;
    if (!concerns_folder(path)) return NONE;
    int number = atomic_fetch_add(&count, 1) + 1;
    if (*log_path) write_log(name, path + strlen(folder));
    errno = before;
    return number == at || (lasts && at && number > at) ? wanted : NONE;
}

/* The path of an open file; it lives until the thread's next call. */
static const char *path_of(int fd)
{
    static _Thread_local char path[PATH_MAX];
    char link[64];
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    errno = before;
    return path;
}

/* ---- What was written and not synced: a descriptor of each such file ---- */

static int unsynced[64];
static int n_unsynced;

static void note_written(int fd)
{
    if (wanted != POWER_CUT || !concerns_folder(path_of(fd))) return;
    if (n_unsynced == sizeof unsynced / sizeof *unsynced) abort();
    unsynced[n_unsynced++] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
}

static void note_synced(int fd)
{
    struct stat synced, other;
    fstat(fd, &synced);
    for (int i = 0; i < n_unsynced; i++)
        if (unsynced[i] >= 0 && !fstat(unsynced[i], &other) && other.st_ino == synced.st_ino) {
            close(unsynced[i]);
            unsynced[i] = -1;
        }
}

static void die(enum fault fault)
{
    for (int i = 0; fault == POWER_CUT && i < n_unsynced; i++)
        if (unsynced[i] >= 0 && ftruncate(unsynced[i], 0)) abort();
    kill(getpid(), SIGKILL);
}

/* ---- The calls ---- */

#define FAULTY(name, path, real_call)                      \
    enum fault fault = next_fault(name, path);             \
    if (fault == FAIL) return errno = error_number, -1;    \
    if (fault == KILL_BEFORE || fault == POWER_CUT) die(fault); \
    __typeof__(real_call) result = real_call;              \
    if (fault == KILL_AFTER) die(fault)

#define TAKE_MODE                                     \
    mode_t mode = 0;                                  \
    if (flags & (O_CREAT | __O_TMPFILE)) {            \
        va_list rest;                                 \
        va_start(rest, flags);                        \
        mode = va_arg(rest, mode_t);                  \
        va_end(rest);                                 \
    }

int open(const char *path, int flags, ...)
{
    REAL(open);
    TAKE_MODE;
    FAULTY("open", path, real_open(path, flags, mode));
    return result;
}

int open64(const char *path, int flags, ...)
{
    REAL(open64);
    TAKE_MODE;
    FAULTY("open", path, real_open64(path, flags, mode));
    return result;
}

int openat(int folder_fd, const char *path, int flags, ...)
{
    REAL(openat);
    TAKE_MODE;
    FAULTY("open", path, real_openat(folder_fd, path, flags, mode));
    return result;
}

int openat64(int folder_fd, const char *path, int flags, ...)
{
    REAL(openat64);
    TAKE_MODE;
    FAULTY("open", path, real_openat64(folder_fd, path, flags, mode));
    return result;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    REAL(write);
    enum fault fault = next_fault("write", path_of(fd));
    if (fault == FAIL) return errno = error_number, -1;
    if (fault == KILL_BEFORE || fault == POWER_CUT) die(fault);
    ssize_t result = real_write(fd, bytes, fault == SHORT ? (n + 1) / 2 : n);
    if (fault == KILL_AFTER) die(fault);
    if (result > 0) note_written(fd);
    return result;
}

int fsync(int fd)
{
    REAL(fsync);
    FAULTY("fsync", path_of(fd), real_fsync(fd));
    if (!result) note_synced(fd);
    return result;
}

int fdatasync(int fd)
{
    REAL(fdatasync);
    FAULTY("fsync", path_of(fd), real_fdatasync(fd));
    if (!result) note_synced(fd);
    return result;
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    FAULTY("rename", to, real_rename(from, to));
    return result;
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    REAL(renameat);
    FAULTY("rename", to, real_renameat(from_fd, from, to_fd, to));
    return result;
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    REAL(renameat2);
    FAULTY("rename", to, real_renameat2(from_fd, from, to_fd, to, flags));
    return result;
}

int unlink(const char *path)
{
    REAL(unlink);
    FAULTY("unlink", path, real_unlink(path));
    return result;
}

int unlinkat(int folder_fd, const char *path, int flags)
{
    REAL(unlinkat);
    FAULTY("unlink", path, real_unlinkat(folder_fd, path, flags));
    return result;
}
