// The model server of the benchmarks: Ollama's /api/chat and /api/show, OpenAI's /v1/chat/completions. One thread, epoll.
//
// The request's model says what is answered: MODE-CHUNKS or pace-CHUNKS-RATE, for example each-1000 or pace-300-10.
//   bulk   many chunks a write, one HTTP chunk each, as fast as the reader takes them
//   each   one write a chunk, as fast as the reader takes them
//   pace   one write a chunk, RATE chunks a second
// A chunk's text holds its number, "~0000012;", so that the reader can tell lost, doubled and disordered ones.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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

enum { BULK, EACH, PACE };
enum { REQUEST_MAX = 16384, SCRATCH = 1 << 16, SLOTS = 1 << 14 };

// One wire form: what stands before and after a chunk's number, and what ends the stream.
struct form {
    const char *type, *before, *after, *end;
};
static const struct form ollama = {
    "application/x-ndjson",
    "{\"model\":\"bench\",\"created_at\":\"2026-11-23T04:26:19.541327Z\",\"message\":{\"role\":\"assistant\",\"content\":\"~",
    "; \"},\"done\":false}\n",
    "{\"model\":\"bench\",\"created_at\":\"2026-11-23T04:26:19.541327Z\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},"
    "\"done\":true,\"done_reason\":\"stop\",\"total_duration\":5191566416,\"load_duration\":2154458,"
    "\"prompt_eval_count\":26,\"prompt_eval_duration\":383809000,\"eval_count\":298,\"eval_duration\":4799921000}\n",
};
static const struct form openai = {
    "text/event-stream",
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1763872000,\"model\":\"bench\","
    "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"~",
    "; \"},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1763872000,\"model\":\"bench\","
    "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
};

// A stream is a virtual file: head, then CHUNKS units of one length, then a tail. So a connection needs only a position.
struct shape {
    char head[256], unit[512], tail[1024];
    int headLength, unitLength, numberAt, tailLength;
};
static struct shape shapes[2];

struct connection {
    int fd, mode, shape;
    bool streaming, waitsForRoom, reading, dead;
    int64_t chunks, position, period, due;
    char *request;
    int requestLength;
    struct connection *next, *previous;
};

static int poller;
static struct connection ready = { .next = &ready, .previous = &ready };
static struct connection wheel[SLOTS];
static int64_t wheelAt;
// Those that are gone are freed when no function up the stack can hold them any more.
static struct connection gone = { .next = &gone, .previous = &gone };

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void unlinkConnection(struct connection *c) {
    if (!c->next) return;
    c->next->previous = c->previous;
    c->previous->next = c->next;
    c->next = c->previous = NULL;
}

static void append(struct connection *list, struct connection *c) {
    unlinkConnection(c);
    c->previous = list->previous;
    c->next = list;
    list->previous->next = c;
    list->previous = c;
}

static void makeShape(struct shape *s, const struct form *f) {
    s->headLength = sprintf(
        s->head, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n", f->type);
    int length = (int)(strlen(f->before) + 7 + strlen(f->after));
    s->unitLength = sprintf(s->unit, "%x\r\n%s0000000%s\r\n", length, f->before, f->after);
    s->numberAt = (int)(strchr(s->unit, '~') - s->unit) + 1;
    s->tailLength = sprintf(s->tail, "%zx\r\n%s\r\n0\r\n\r\n", strlen(f->end), f->end);
}

static int64_t lengthOf(const struct connection *c) {
    const struct shape *s = &shapes[c->shape];
    return s->headLength + c->chunks * s->unitLength + s->tailLength;
}

// Copies the stream from the connection's position on, at most `limit` bytes.
static int fill(const struct connection *c, char *out, int64_t limit) {
    const struct shape *s = &shapes[c->shape];
    int64_t at = c->position;
    int n = 0;
    while (n < limit) {
        const char *from;
        int64_t offset, length;
        char unit[512];
        int64_t body = at - s->headLength;
        if (body < 0) {
            from = s->head, offset = at, length = s->headLength;
        } else if (body < c->chunks * s->unitLength) {
            int64_t number = body / s->unitLength;
            memcpy(unit, s->unit, s->unitLength);
            for (int i = 6; i >= 0; i--, number /= 10) unit[s->numberAt + i] = (char)('0' + number % 10);
            from = unit, offset = body % s->unitLength, length = s->unitLength;
        } else {
            from = s->tail, offset = body - c->chunks * s->unitLength, length = s->tailLength;
            if (offset == length) break;
        }
        int64_t take = length - offset < limit - n ? length - offset : limit - n;
        memcpy(out + n, from + offset, take);
        n += (int)take;
        at += take;
    }
    return n;
}

static void watch(struct connection *c, uint32_t events) {
    struct epoll_event e = { .events = events, .data.ptr = c };
    epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &e);
}

static void drop(struct connection *c) {
    if (c->dead) return;
    c->dead = true;
    c->streaming = false;
    close(c->fd);
    append(&gone, c);
}

static void bury(void) {
    while (gone.next != &gone) {
        struct connection *c = gone.next;
        unlinkConnection(c);
        free(c->request);
        free(c);
    }
}

static void readRequests(struct connection *c);

static void ended(struct connection *c) {
    unlinkConnection(c);
    c->streaming = false;
    readRequests(c);
}

// Where the next write may end: in one-write-a-chunk modes the end of the next chunk, else as much as fits.
static int64_t limitOf(const struct connection *c) {
    const struct shape *s = &shapes[c->shape];
    if (c->mode == BULK) return SCRATCH;
    int64_t body = c->position - s->headLength;
    int64_t units = body < 0 ? 0 : body / s->unitLength;
    if (units >= c->chunks) return SCRATCH;
    return s->headLength + (units + 1) * s->unitLength - c->position;
}

// False if the connection is gone.
static bool writeSome(struct connection *c) {
    static char scratch[SCRATCH];
    int n = fill(c, scratch, limitOf(c));
    ssize_t written = send(c->fd, scratch, n, MSG_NOSIGNAL);
    if (written < 0 && errno != EAGAIN) {
        drop(c);
        return false;
    }
    if (written > 0) c->position += written;
    if (c->position == lengthOf(c)) {
        ended(c);
        return !c->dead;
    }
    if (written < n) {
        c->waitsForRoom = true;
        unlinkConnection(c);
        watch(c, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
    }
    return true;
}

static void schedule(struct connection *c) {
    if (c->due / 1000000 < wheelAt) c->due = wheelAt * 1000000;
    append(&wheel[(c->due / 1000000) % SLOTS], c);
}

static void answer(struct connection *c, const char *body) {
    char out[2048];
    int n = sprintf(
        out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
    if (send(c->fd, out, n, MSG_NOSIGNAL) != n) shutdown(c->fd, SHUT_RDWR);
}

static void begin(struct connection *c, const char *path, const char *body) {
    if (!strncmp(path, "/api/show", 9)) {
        answer(c, "{\"model_info\":{\"general.architecture\":\"bench\",\"bench.context_length\":131072}}");
        return;
    }
    if (strncmp(path, "/api/chat", 9) && !strstr(path, "/chat/completions ")) {
        answer(c, "{\"object\":\"list\",\"models\":[],\"data\":[]}");
        return;
    }
    const char *model = strstr(body, "\"model\"");
    model = model ? strchr(model + 7, '"') : NULL;
    model = model ? model + 1 : "each-1";
    c->mode = !strncmp(model, "bulk", 4) ? BULK : !strncmp(model, "pace", 4) ? PACE : EACH;
    const char *dash = strchr(model, '-');
    c->chunks = dash ? atoll(dash + 1) : 1;
    c->shape = !strncmp(path, "/api/", 5) ? 0 : 1;
    c->position = 0;
    c->streaming = true;
    c->waitsForRoom = false;
    if (c->mode == PACE) {
        const char *second = dash ? strchr(dash + 1, '-') : NULL;
        int rate = second ? atoi(second + 1) : 10;
        c->period = 1000000000LL / (rate > 0 ? rate : 10);
        // Streams that start together do not beat together.
        c->due = now() + (int64_t)((double)rand() / RAND_MAX * (double)c->period);
        schedule(c);
    } else if (c->mode == EACH) {
        append(&ready, c);
    } else if (writeSome(c) && c->streaming && !c->waitsForRoom) {
        append(&ready, c);
    }
}

// Takes every complete request that has arrived, as long as none is being answered.
static void readRequests(struct connection *c) {
    if (c->reading) return;
    while (!c->streaming && !c->dead && c->requestLength > 0) {
        c->request[c->requestLength] = 0;
        char *end = strstr(c->request, "\r\n\r\n");
        if (!end) return;
        int headLength = (int)(end - c->request) + 4, bodyLength = 0;
        *end = 0;
        char *field = strcasestr(c->request, "\ncontent-length:");
        bool chunked = strcasestr(c->request, "\ntransfer-encoding:") != NULL;
        if (field) bodyLength = atoi(field + 16);
        *end = '\r';
        if (chunked) {
            char *last = strstr(c->request + headLength, "0\r\n\r\n");
            if (!last) return;
            bodyLength = (int)(last + 5 - c->request) - headLength;
        }
        if (c->requestLength < headLength + bodyLength) return;
        char path[256], keep = c->request[headLength + bodyLength];
        c->request[headLength + bodyLength] = 0;
        path[0] = 0;
        sscanf(c->request, "%*s %254[^\r]", path);
        c->reading = true;
        begin(c, path, c->request + headLength);
        c->reading = false;
        c->request[headLength + bodyLength] = keep;
        c->requestLength -= headLength + bodyLength;
        memmove(c->request, c->request + headLength + bodyLength, c->requestLength);
    }
}

static void serveRequests(struct connection *c) {
    if (!c->request) c->request = malloc(REQUEST_MAX + 1);
    ssize_t n = recv(c->fd, c->request + c->requestLength, REQUEST_MAX - c->requestLength, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        drop(c);
        return;
    }
    if (n > 0) c->requestLength += (int)n;
    readRequests(c);
}

static int listenAt(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 16384)) {
        perror("upstream: listen");
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    struct rlimit r;
    getrlimit(RLIMIT_NOFILE, &r);
    r.rlim_cur = r.rlim_max;
    setrlimit(RLIMIT_NOFILE, &r);
    makeShape(&shapes[0], &ollama);
    makeShape(&shapes[1], &openai);
    for (int i = 0; i < SLOTS; i++) wheel[i].next = wheel[i].previous = &wheel[i];
    poller = epoll_create1(0);
    int listener = listenAt(argc > 1 ? atoi(argv[1]) : 11500);
    struct epoll_event e = { .events = EPOLLIN, .data.ptr = NULL }, events[512];
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &e);
    wheelAt = now() / 1000000;
    for (;;) {
        int n = epoll_wait(poller, events, 512, ready.next != &ready ? 0 : 1);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (!c) {
                int fd;
                while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    int yes = 1;
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                    c = calloc(1, sizeof *c);
                    c->fd = fd;
                    e = (struct epoll_event){ .events = EPOLLIN | EPOLLRDHUP, .data.ptr = c };
                    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e);
                }
                continue;
            }
            if (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
                drop(c);
                continue;
            }
            if ((events[i].events & EPOLLOUT) && c->waitsForRoom) {
                c->waitsForRoom = false;
                watch(c, EPOLLIN | EPOLLRDHUP);
                if (c->mode == PACE) schedule(c);
                else append(&ready, c);
            }
            if (events[i].events & EPOLLIN) serveRequests(c);
        }
        // One chunk for each stream that has room, in turn.
        struct connection turn = { .next = &turn, .previous = &turn };
        if (ready.next != &ready) {
            turn.next = ready.next, turn.previous = ready.previous;
            turn.next->previous = turn.previous->next = &turn;
            ready.next = ready.previous = &ready;
        }
        while (turn.next != &turn) {
            struct connection *c = turn.next;
            append(&ready, c);
            writeSome(c);
        }
        int64_t t = now();
        for (; wheelAt < t / 1000000; wheelAt++) {
            struct connection *slot = &wheel[wheelAt % SLOTS], *c = slot->next;
            while (c != slot) {
                struct connection *next = c->next;
                if (c->due / 1000000 <= wheelAt) {
                    unlinkConnection(c);
                    c->due += c->period;
                    if (writeSome(c) && c->streaming && !c->waitsForRoom && !c->next) schedule(c);
                }
                c = next;
            }
        }
        bury();
    }
}
