// The callers of the benchmarks: many HTTP requests at once on kept-alive connections, and what they cost the server.
// One thread, epoll. Prints one JSON object.
//
// A response's chunks are known by their numbers, "~0000012;", which must come without gaps and in order; a line with
// the skip mark is not looked at (a summary that repeats them), one with the end mark ends the stream.
//
// With TLS the server's certificate is not looked at: what is measured is the server.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SCRATCH = 1 << 18, HEAD_MAX = 8192, CONNECTING_MAX = 256 };
enum { IDLE, CONNECTING, HANDSHAKE, HEAD, BODY };
enum { SIZE, DATA, DATA_END, TRAILER };

struct caller {
    int fd, state, framing, headLength, written;
    bool chunked, sawEnd, warm, counted;
    int64_t left, chunks, size, started, thinkUntil;
    // A number that a text ended in.
    char carry[16];
    int carried;
    char *line;
    size_t lineLength, lineRoom;
    char *head;
    SSL *ssl;
    SSL_SESSION *session;
};

// The command line.
static struct sockaddr_in address = { .sin_family = AF_INET };
static char *method = "POST", *path = "/", *endMark = "", *skipMark = NULL, *textMark = "\"content\":\"";
static char *body = "", extra[2048] = "";
static int64_t callersCount = 1, requestsWanted = 0, expected = -1, think = 0;
static double seconds = 0, window = 0;
static bool oncePerConnection = false, resumes = false;
static SSL_CTX *tls = NULL;
static int servers[256], serversCount = 0;

// What has been seen.
static struct caller *callers;
static int64_t requestsBegun, requestsDone, handshakes, resumed, chunksSeen, bytesSeen, connecting, streamsAlive;
static int64_t errorsOrder, errorsIncomplete, errorsStatus, errorsConnection;
static uint32_t *firsts;
static int64_t firstsCount, firstsRoom;
static char firstError[400];
static char *request;
static int requestLength, poller;
static bool stopping;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

// CPU time of the servers in nanoseconds.
static int64_t serverTime(void) {
    int64_t sum = 0;
    for (int i = 0; i < serversCount; i++) {
        clockid_t id;
        struct timespec t;
        if (!clock_getcpuclockid(servers[i], &id) && !clock_gettime(id, &t)) sum += t.tv_sec * 1000000000LL + t.tv_nsec;
    }
    return sum;
}

// A figure of /proc/PID/status in KB, over all servers.
static int64_t serverMemory(const char *name) {
    int64_t sum = 0;
    for (int i = 0; i < serversCount; i++) {
        char file[64], line[256];
        sprintf(file, "/proc/%d/status", servers[i]);
        FILE *f = fopen(file, "r");
        while (f && fgets(line, sizeof line, f))
            if (!strncmp(line, name, strlen(name))) sum += atoll(line + strlen(name) + 1);
        if (f) fclose(f);
    }
    return sum;
}

static void addServer(int pid) {
    if (pid <= 0 || serversCount == 256) return;
    servers[serversCount++] = pid;
    char file[64];
    sprintf(file, "/proc/%d/task/%d/children", pid, pid);
    FILE *f = fopen(file, "r");
    int child;
    while (f && fscanf(f, "%d", &child) == 1) addServer(child);
    if (f) fclose(f);
}

static void noteError(int64_t *which, const char *what, const char *text, int length) {
    if (stopping) return;
    ++*which;
    if (!firstError[0]) {
        snprintf(firstError, sizeof firstError, "%s: %.*s", what, length < 200 ? length : 200, text);
        for (char *c = firstError; *c; c++) if (*c == '"' || *c == '\\' || *c < ' ') *c = '\'';
    }
}

static void begin(struct caller *c);

static void closeCaller(struct caller *c) {
    if (c->fd < 0) return;
    // No TIME_WAIT: thousands of these would use the ports up.
    struct linger l = { 1, 0 };
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
    // A session whose connection ended without a notice would not be resumed.
    if (c->ssl) SSL_set_shutdown(c->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(c->ssl);
    c->ssl = NULL;
    close(c->fd);
    c->fd = -1;
}

static void next(struct caller *c) {
    c->state = IDLE;
    if (oncePerConnection) closeCaller(c);
    if (think) {
        c->thinkUntil = now() + (int64_t)(think * (0.5 + (double)rand() / RAND_MAX));
        return;
    }
    begin(c);
}

static void broken(struct caller *c, const char *what, const char *text, int length) {
    noteError(&errorsConnection, what, text, length);
    if (c->state == CONNECTING) connecting--;
    closeCaller(c);
    requestsDone++;
    if (errorsConnection > 1000) requestsWanted = requestsDone;
    next(c);
}

// The bytes as TCP or TLS has them: a negative number with EAGAIN if there are none yet, 0 at the end.
static ssize_t get(struct caller *c, char *out, int length) {
    if (!c->ssl) return recv(c->fd, out, length, 0);
    int n = SSL_read(c->ssl, out, length);
    if (n > 0) return n;
    int error = SSL_get_error(c->ssl, n);
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    errno = error == SSL_ERROR_WANT_READ ? EAGAIN : ECONNRESET;
    return -1;
}

static ssize_t put(struct caller *c, const char *bytes, int length) {
    return c->ssl ? SSL_write(c->ssl, bytes, length) : send(c->fd, bytes, length, MSG_NOSIGNAL);
}

// A session that the server offers; TLS 1.3 offers it behind the handshake.
static int keepSession(SSL *ssl, SSL_SESSION *session) {
    struct caller *c = SSL_get_app_data(ssl);
    SSL_SESSION_free(c->session);
    c->session = session;
    return 1;
}

static void sendRequest(struct caller *c) {
    c->state = HEAD;
    c->framing = SIZE;
    c->headLength = 0;
    c->lineLength = 0;
    c->left = 0;
    c->size = 0;
    c->chunks = 0;
    c->carried = 0;
    c->chunked = c->sawEnd = false;
    c->started = now();
    ssize_t n = put(c, request, requestLength);
    if (n != requestLength) broken(c, "send", strerror(errno), 40);
}

static void shakeHands(struct caller *c) {
    int result = SSL_do_handshake(c->ssl);
    if (result == 1) {
        handshakes++;
        resumed += SSL_session_reused(c->ssl);
        sendRequest(c);
    } else if (SSL_get_error(c->ssl, result) != SSL_ERROR_WANT_READ) {
        broken(c, "handshake", "failed", 6);
    }
}

static void connected(struct caller *c) {
    if (!tls) {
        sendRequest(c);
        return;
    }
    c->ssl = SSL_new(tls);
    SSL_set_app_data(c->ssl, c);
    SSL_set_fd(c->ssl, c->fd);
    SSL_set_connect_state(c->ssl);
    if (resumes && c->session) SSL_set_session(c->ssl, c->session);
    c->state = HANDSHAKE;
    shakeHands(c);
}

static void begin(struct caller *c) {
    if (stopping || (requestsWanted && requestsBegun >= requestsWanted)) return;
    if (c->fd >= 0) {
        requestsBegun++;
        sendRequest(c);
        return;
    }
    if (connecting >= CONNECTING_MAX) return;
    requestsBegun++;
    connecting++;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int yes = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    c->state = CONNECTING;
    int r = connect(c->fd, (struct sockaddr *)&address, sizeof address);
    if (r && errno != EINPROGRESS) {
        broken(c, "connect", strerror(errno), 40);
        return;
    }
    struct epoll_event e = { .events = EPOLLIN | EPOLLOUT, .data.ptr = c };
    epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &e);
}

static void complete(struct caller *c) {
    requestsDone++;
    if (*endMark && (!c->sawEnd || (expected >= 0 && c->chunks != expected))) {
        char text[80];
        int n = sprintf(text, "%lld chunks, end mark %s", (long long)c->chunks, c->sawEnd ? "seen" : "missing");
        noteError(&errorsIncomplete, "incomplete", text, n);
    }
    next(c);
}

static void readNumber(struct caller *c, const char *at) {
    int64_t number = 0;
    for (int i = 1; i <= 7; i++) number = number * 10 + (at[i] - '0');
    if (number != c->chunks || at[8] != ';') noteError(&errorsOrder, "order", at, 9);
    chunksSeen++;
    if (c->chunks++ > 0) return;
    if (firstsCount == firstsRoom) firsts = realloc(firsts, (firstsRoom = firstsRoom ? 2 * firstsRoom : 65536) * 4);
    firsts[firstsCount++] = (uint32_t)((now() - c->started) / 100);
    if (!c->counted) c->counted = true, streamsAlive++;
}

// A text may end in the middle of a number: the next one goes on with it.
static void readText(struct caller *c, const char *at, const char *end) {
    if (c->carried) {
        while (c->carried < 9 && at < end) c->carry[c->carried++] = *at++;
        if (c->carried < 9) return;
        readNumber(c, c->carry);
        c->carried = 0;
    }
    while ((at = memchr(at, '~', end - at))) {
        if (end - at < 9) {
            memcpy(c->carry, at, c->carried = (int)(end - at));
            return;
        }
        readNumber(c, at);
        at += 9;
    }
}

static void readLine(struct caller *c, const char *line, size_t length) {
    if (skipMark && memmem(line, length < 160 ? length : 160, skipMark, strlen(skipMark))) return;
    const char *text = memmem(line, length, textMark, strlen(textMark)), *end = line + length;
    if (text) {
        text += strlen(textMark);
        const char *quote = memchr(text, '"', end - text);
        readText(c, text, quote ? quote : end);
        // What follows a text is short; the end mark may be there.
        line = quote ? quote : end, length = end - line;
    }
    if (length < 1 << 16 && memmem(line, length, endMark, strlen(endMark))) c->sawEnd = true;
}

static void readBody(struct caller *c, const char *data, size_t length) {
    if (!*endMark) return;
    const char *end = data + length;
    while (data < end) {
        const char *newline = memchr(data, '\n', end - data);
        size_t n = (newline ? newline : end) - data;
        if (newline && !c->lineLength) {
            readLine(c, data, n);
        } else {
            if (c->lineLength + n > c->lineRoom) c->line = realloc(c->line, c->lineRoom = 2 * (c->lineLength + n) + 256);
            memcpy(c->line + c->lineLength, data, n);
            c->lineLength += n;
            if (newline) readLine(c, c->line, c->lineLength), c->lineLength = 0;
        }
        data += n + (newline ? 1 : 0);
    }
}

// Takes bytes of a body; returns how many belonged to it, and the response is complete if `*isComplete`.
static size_t unframe(struct caller *c, const char *data, size_t length, bool *isComplete) {
    size_t at = 0;
    if (!c->chunked) {
        at = (int64_t)length < c->left ? length : (size_t)c->left;
        readBody(c, data, at);
        c->left -= at;
        *isComplete = c->left == 0;
        return at;
    }
    while (at < length) {
        char byte = data[at];
        switch (c->framing) {
        case SIZE:
            at++;
            if (byte == '\n') c->left = c->size, c->framing = c->size ? DATA : TRAILER, c->size = 0;
            else if (byte != '\r') c->size = c->size * 16 + (byte <= '9' ? byte - '0' : (byte | 32) - 'a' + 10);
            break;
        case DATA: {
            size_t n = (int64_t)(length - at) < c->left ? length - at : (size_t)c->left;
            readBody(c, data + at, n);
            at += n;
            if (!(c->left -= n)) c->framing = DATA_END;
            break;
        }
        case DATA_END:
            at++;
            if (byte == '\n') c->framing = SIZE;
            break;
        default:
            at++;
            if (byte == '\n') {
                *isComplete = true;
                return at;
            }
        }
    }
    return at;
}

static void receive(struct caller *c) {
    static char scratch[SCRATCH];
    ssize_t n = get(c, scratch, SCRATCH);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
        if (c->state == IDLE) closeCaller(c);
        else broken(c, "the connection ended", n < 0 ? strerror(errno) : "end of file", 40);
        return;
    }
    bytesSeen += n;
    const char *data = scratch;
    size_t length = n;
    if (c->state == HEAD) {
        if (!c->head) c->head = malloc(HEAD_MAX + 1);
        int had = c->headLength, take = (int)length < HEAD_MAX - had ? (int)length : HEAD_MAX - had;
        memcpy(c->head + had, data, take);
        c->head[c->headLength += take] = 0;
        char *end = strstr(c->head, "\r\n\r\n");
        if (!end) return;
        *end = 0;
        int status = c->headLength > 12 ? atoi(c->head + 9) : 0;
        size_t used = (end - c->head) + 4 - had;
        data += used, length -= used;
        if (status != 200) noteError(&errorsStatus, "status", c->head + 9, 60);
        c->chunked = strcasestr(c->head, "\ntransfer-encoding: chunked") != NULL;
        char *field = strcasestr(c->head, "\ncontent-length:");
        c->left = field ? atoll(field + 16) : 0;
        c->state = BODY;
        if (!c->chunked && !c->left) {
            complete(c);
            return;
        }
        if (!length) return;
    }
    if (c->state == IDLE) {
        broken(c, "bytes that nobody asked for", data, (int)length);
        return;
    }
    bool isComplete = false;
    unframe(c, data, length, &isComplete);
    if (isComplete) complete(c);
}

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double percentile(double p) {
    return firstsCount ? firsts[(int64_t)(p * (double)(firstsCount - 1))] / 10.0 : 0;
}

static char *readFile(const char *name) {
    FILE *f = fopen(name, "r");
    if (!f) perror(name), exit(1);
    char *text = calloc(1, 1 << 20);
    if (fread(text, 1, (1 << 20) - 1, f) == 0) text[0] = 0;
    fclose(f);
    return text;
}

static void usage(void) {
    fprintf(stderr,
        "load -a PORT [-g] -p PATH [-b BODYFILE | -B BODY] [-H 'Field: value']… -c CALLERS (-n REQUESTS | -d SECONDS | -W SECONDS)\n"
        "     [-S [-R]] [-O] [-e ENDMARK] [-s SKIPMARK] [-T TEXTMARK] [-x CHUNKS] [-P PID]… [-t THINK_MS]\n"
        "-S: TLS, -R: with sessions resumed; -O: a connection for each request\n"
        "-W: waits until every caller's stream has begun, then measures for so long and leaves\n");
    exit(64);
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    struct rlimit r;
    getrlimit(RLIMIT_NOFILE, &r);
    r.rlim_cur = r.rlim_max;
    setrlimit(RLIMIT_NOFILE, &r);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int o;
    while ((o = getopt(argc, argv, "a:gp:b:B:H:c:n:d:W:e:s:x:P:t:T:SRO")) != -1) switch (o) {
        case 'a': address.sin_port = htons(atoi(optarg)); break;
        case 'g': method = "GET"; break;
        case 'p': path = optarg; break;
        case 'b': body = readFile(optarg); break;
        case 'B': body = optarg; break;
        case 'H': strcat(strcat(extra, optarg), "\r\n"); break;
        case 'c': callersCount = atoll(optarg); break;
        case 'n': requestsWanted = atoll(optarg); break;
        case 'd': seconds = atof(optarg); break;
        case 'W': window = atof(optarg); break;
        case 'e': endMark = optarg; break;
        case 's': skipMark = optarg; break;
        case 'x': expected = atoll(optarg); break;
        case 'T': textMark = optarg; break;
        case 'P': addServer(atoi(optarg)); break;
        case 't': think = (int64_t)(atof(optarg) * 1e6); break;
        case 'S': tls = SSL_CTX_new(TLS_client_method()); break;
        case 'R': resumes = true; break;
        case 'O': oncePerConnection = true; break;
        default: usage();
    }
    if (!requestsWanted && !seconds && !window) usage();
    if (tls) {
        SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(tls, keepSession);
        // Bytes that belong to no request, as tickets do, wake the reader too.
        SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    }
    request = malloc(strlen(body) + 4096);
    requestLength = sprintf(request, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s", method, path, extra);
    requestLength += *body
        ? sprintf(request + requestLength, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body)
        : sprintf(request + requestLength, "\r\n");
    poller = epoll_create1(0);
    callers = calloc(callersCount, sizeof *callers);
    for (int64_t i = 0; i < callersCount; i++) callers[i].fd = -1;

    int64_t memoryBefore = serverMemory("RssAnon:"), start = now(), from = start, settled = 0;
    int64_t timeBefore = serverTime(), chunksBefore = 0, limit = start + 120000000000LL;
    bool measuring = false;
    struct epoll_event events[1024];
    int64_t lastLook = 0;
    for (;;) {
        int64_t t = now();
        if (t - lastLook > 1000000) {
            lastLook = t;
            for (int64_t i = 0; i < callersCount; i++) {
                struct caller *c = &callers[i];
                if (c->state == IDLE && t >= c->thinkUntil) begin(c);
                if (connecting >= CONNECTING_MAX) break;
            }
        }
        if (window) {
            // A second to settle once every stream has begun.
            if (streamsAlive < callersCount) settled = t + 1000000000LL;
            if (!measuring && t > settled) {
                measuring = true;
                from = t, timeBefore = serverTime(), chunksBefore = chunksSeen;
            }
            if (measuring && t - from > (int64_t)(window * 1e9)) break;
        } else if (seconds && t - start > (int64_t)(seconds * 1e9)) break;
        else if (requestsWanted && requestsDone >= requestsWanted) break;
        if (t > limit || errorsConnection > 1000) break;
        int n = epoll_wait(poller, events, 1024, 1);
        for (int i = 0; i < n; i++) {
            struct caller *c = events[i].data.ptr;
            if (c->fd < 0) continue;
            if (c->state == CONNECTING) {
                int error = 0;
                socklen_t size = sizeof error;
                getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
                if (error) {
                    broken(c, "connect", strerror(error), 40);
                    continue;
                }
                if (!(events[i].events & EPOLLOUT)) continue;
                connecting--;
                struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
                epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &e);
                connected(c);
            } else if (c->state == HANDSHAKE) {
                shakeHands(c);
            } else {
                do receive(c);
                while (c->ssl && c->state != HANDSHAKE && SSL_pending(c->ssl) > 0);
            }
        }
    }
    int64_t end = now(), serverEnd = serverTime(), memory = serverMemory("RssAnon:");
    stopping = true;
    qsort(firsts, firstsCount, sizeof *firsts, compare);
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    double wall = (double)(end - from) / 1e9, server = (double)(serverEnd - timeBefore) / 1e9;
    int64_t chunks = chunksSeen - chunksBefore;
    printf(
        "{\"wall\":%.3f,\"server_cpu\":%.6f,\"requests\":%lld,\"handshakes\":%lld,\"resumed\":%lld,\"chunks\":%lld,\"bytes\":%lld,\"streams\":%lld,"
        "\"errors\":{\"order\":%lld,\"incomplete\":%lld,\"status\":%lld,\"connection\":%lld},\"first_error\":\"%s\","
        "\"ttft_us\":{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f},"
        "\"rss_anon_kb\":{\"before\":%lld,\"after\":%lld},\"rss_kb\":%lld,\"load_cpu\":%.3f}\n",
        wall, server, (long long)requestsDone, (long long)handshakes, (long long)resumed, (long long)chunks, (long long)bytesSeen, (long long)streamsAlive,
        (long long)errorsOrder, (long long)errorsIncomplete, (long long)errorsStatus, (long long)errorsConnection,
        firstError, percentile(0.5), percentile(0.9), percentile(0.99), percentile(1), (long long)memoryBefore,
        (long long)memory, (long long)serverMemory("VmRSS:"),
        (double)own.ru_utime.tv_sec + (double)own.ru_utime.tv_usec / 1e6 + (double)own.ru_stime.tv_sec
            + (double)own.ru_stime.tv_usec / 1e6);
    for (int64_t i = 0; i < callersCount; i++) closeCaller(&callers[i]);
    return errorsOrder + errorsIncomplete + errorsStatus + errorsConnection > 0;
}
