/*
 * A learning Ethernet switch in user space whose ports are bad links: for kernels without netem, and with one place that says what every link does.
 *
 *   switch NAMESPACE:INTERFACE…    makes a TAP interface in each network namespace, prints "ready", and takes commands on stdin, one a line,
 *                                  each answered by one line on stdout; it ends when stdin does
 *
 *   set PORT up|down|both KEY=NUMBER…   what the link does from now on, up (from the node), down (to it) or both; what is not named stays as it is
 *       delay   ms                      jitter  ms, more or less than delay; without fifo packets overtake each other
 *       loss    % of the packets        burst   how many packets are lost in a row, on average (default: each for itself)
 *       rate    kbit/s                  queue   ms; what would wait longer is dropped (default 1000)
 *       fifo    1: jitter keeps the order
 *   clear PORT|all                      a perfect link again, up
 *   cut PORT | mend PORT                nothing passes, and the interfaces notice nothing | passes again
 *   block PORT PORT | unblock PORT PORT nothing passes from the first to the second
 *   stats PORT                          JSON: packets, bytes, lost and dropped since the last time, each way
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { PORTS_MAX = 32, MACS_MAX = 256, FRAME_MAX = 70000, LINE_MAX_BYTES = 1000, READ_AT_ONCE = 64 };

/* One direction of a link: what it does, when it is free again, and what it has done. */
typedef struct {
  double delay, jitter, loss, burst, rate, queue, fifo;
  double busy_until, last_out;
  int losing;
  unsigned long packets, bytes, lost, dropped;
} Way;

typedef struct {
  char name[64];
  int fd, cut;
  Way up, down;
} Port;

/* A frame on its way: at `due` it has passed its source's link (to < 0), or its destination's. */
typedef struct {
  double due;
  unsigned long number;
  int from, to, length;
  unsigned char *bytes;
} Flight;

static Port ports[PORTS_MAX];
static int port_count;
static unsigned char blocked[PORTS_MAX][PORTS_MAX];

static struct {
  unsigned char mac[6];
  int port;
} macs[MACS_MAX];
static int mac_count;

/* A heap by `due`, then by number. */
static Flight *flights;
static int flight_count, flight_room;
static unsigned long flight_number;

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int before(const Flight *a, const Flight *b) { return a->due < b->due || (a->due == b->due && a->number < b->number); }

static void swap(int a, int b) {
  Flight held = flights[a];
  flights[a] = flights[b];
  flights[b] = held;
}

static void depart(double due, int from, int to, const unsigned char *bytes, int length) {
  if (flight_count == flight_room) {
    flight_room = flight_room ? flight_room * 2 : 1024;
    flights = realloc(flights, flight_room * sizeof *flights);
  }
  unsigned char *copy = flights ? malloc(length) : NULL;
  if (!copy) exit(1);
  memcpy(copy, bytes, length);
  int at = flight_count++;
  flights[at] = (Flight){due, flight_number++, from, to, length, copy};
  for (; at && before(&flights[at], &flights[(at - 1) / 2]); at = (at - 1) / 2) swap(at, (at - 1) / 2);
}

static Flight arrive(void) {
  Flight first = flights[0];
  flights[0] = flights[--flight_count];
  for (int at = 0;;) {
    int child = 2 * at + 1;
    if (child >= flight_count) return first;
    if (child + 1 < flight_count && before(&flights[child + 1], &flights[child])) child++;
    if (!before(&flights[child], &flights[at])) return first;
    swap(at, child);
    at = child;
  }
}

/* Bursts are a chain of two states: it starts losing so often that `loss` comes out, and goes on for `burst` packets on average. */
static int loses(Way *way) {
  double share = way->loss / 100;
  if (share <= 0) return 0;
  if (way->burst <= 1) return drand48() < share;
  way->losing = way->losing ? drand48() > 1 / way->burst : drand48() < share / (1 - share) / way->burst;
  return way->losing;
}

/* ARP and neighbour discovery: a link stands for a whole way, on which the neighbour is near. */
static int is_about_neighbours(const unsigned char *frame, int length) {
  if (frame[12] == 0x08 && frame[13] == 0x06) return 1;
  return length > 54 && frame[12] == 0x86 && frame[13] == 0xdd && frame[20] == 58 && frame[54] >= 133 && frame[54] <= 137;
}

/* When a frame that enters a link at `t` comes out of it; negative: never. */
static double pass(Way *way, const unsigned char *frame, int length, double t) {
  if (is_about_neighbours(frame, length)) return t;
  way->packets++;
  way->bytes += length;
  if (loses(way)) {
    way->lost++;
    return -1;
  }
  if (way->rate > 0) {
    double begins = way->busy_until > t ? way->busy_until : t;
    if (begins - t > (way->queue > 0 ? way->queue : 1000)) {
      way->dropped++;
      return -1;
    }
    way->busy_until = t = begins + length * 8.0 / way->rate;
  }
  double delay = way->delay + way->jitter * (2 * drand48() - 1);
  if (delay > 0) t += delay;
  if (way->fifo && t < way->last_out) t = way->last_out;
  way->last_out = t;
  return t;
}

/* A full socket buffer of the interface drops the frame, as a card would. */
static void deliver(int to, const unsigned char *bytes, int length) {
  if (write(ports[to].fd, bytes, length) < 0) return;
}

static void send_to(int from, int to, const unsigned char *bytes, int length, double t) {
  if (to == from || ports[to].cut || blocked[from][to]) return;
  double due = pass(&ports[to].down, bytes, length, t);
  if (due < 0) return;
  if (due <= now_ms()) deliver(to, bytes, length);
  else depart(due, from, to, bytes, length);
}

static void forward(int from, const unsigned char *bytes, int length, double t) {
  int is_group = bytes[0] & 1;
  for (int i = 0; !is_group && i < mac_count; i++) {
    if (memcmp(macs[i].mac, bytes, 6)) continue;
    send_to(from, macs[i].port, bytes, length, t);
    return;
  }
  for (int to = 0; to < port_count; to++) send_to(from, to, bytes, length, t);
}

static void learn(int port, const unsigned char *source) {
  for (int i = 0; i < mac_count; i++) {
    if (memcmp(macs[i].mac, source, 6)) continue;
    macs[i].port = port;
    return;
  }
  if (mac_count == MACS_MAX) return;
  memcpy(macs[mac_count].mac, source, 6);
  macs[mac_count++].port = port;
}

static void receive(int port) {
  static unsigned char frame[FRAME_MAX];
  for (int i = 0; i < READ_AT_ONCE; i++) {
    int length = read(ports[port].fd, frame, sizeof frame);
    if (length < 14) return;
    if (ports[port].cut) continue;
    learn(port, frame + 6);
    double t = now_ms(), due = pass(&ports[port].up, frame, length, t);
    if (due < 0) continue;
    if (due <= t) forward(port, frame, length, t);
    else depart(due, port, -1, frame, length);
  }
}

/* A frame that comes out late, because this process was late, begins the next link when it was due. */
static void land(void) {
  while (flight_count && flights[0].due <= now_ms()) {
    Flight f = arrive();
    if (!ports[f.from].cut) {
      if (f.to < 0) forward(f.from, f.bytes, f.length, f.due);
      else if (!ports[f.to].cut) deliver(f.to, f.bytes, f.length);
    }
    free(f.bytes);
  }
}

static int port_of(const char *name) {
  for (int i = 0; i < port_count; i++)
    if (!strcmp(ports[i].name, name)) return i;
  return -1;
}

static int set_one(Way *way, const char *key, double value) {
  if (!strcmp(key, "delay")) way->delay = value;
  else if (!strcmp(key, "jitter")) way->jitter = value;
  else if (!strcmp(key, "loss")) way->loss = value;
  else if (!strcmp(key, "burst")) way->burst = value;
  else if (!strcmp(key, "rate")) way->rate = value;
  else if (!strcmp(key, "queue")) way->queue = value;
  else if (!strcmp(key, "fifo")) way->fifo = value;
  else return 0;
  return 1;
}

static const char *set(Port *port, const char *ways, char *settings) {
  int up = !strcmp(ways, "up") || !strcmp(ways, "both"), down = !strcmp(ways, "down") || !strcmp(ways, "both");
  if (!up && !down) return "neither up, down nor both";
  char *rest;
  for (char *one = strtok_r(settings, " \n", &rest); one; one = strtok_r(NULL, " \n", &rest)) {
    char *equals = strchr(one, '=');
    if (!equals) return "a setting is KEY=NUMBER";
    *equals = 0;
    if (up && !set_one(&port->up, one, atof(equals + 1))) return "no such key";
    if (down && !set_one(&port->down, one, atof(equals + 1))) return "no such key";
  }
  return "ok";
}

/* What it has counted, and where its queue stands, goes on. */
static void clear(Port *port) {
  Way *ways[] = {&port->up, &port->down};
  for (int i = 0; i < 2; i++) {
    Way *w = ways[i];
    w->delay = w->jitter = w->loss = w->burst = w->rate = w->queue = w->fifo = w->losing = 0;
  }
  port->cut = 0;
}

static void tell(Way *way, const char *name) {
  printf("\"%s\":{\"packets\":%lu,\"bytes\":%lu,\"lost\":%lu,\"dropped\":%lu}", name, way->packets, way->bytes, way->lost, way->dropped);
  way->packets = way->bytes = way->lost = way->dropped = 0;
}

static const char *obey(char *line) {
  char verb[16] = "", first[64] = "", second[64] = "";
  int rest = 0, words = sscanf(line, "%15s %63s %63s%n", verb, first, second, &rest);
  if (!strcmp(verb, "clear") && !strcmp(first, "all")) {
    for (int i = 0; i < port_count; i++) clear(&ports[i]);
    memset(blocked, 0, sizeof blocked);
    return "ok";
  }
  int port = port_of(first), other = port_of(second);
  if (port < 0) return "no such port";
  if (!strcmp(verb, "set") && words == 3) return set(&ports[port], second, line + rest);
  if (!strcmp(verb, "block") || !strcmp(verb, "unblock")) {
    if (other < 0) return "no such second port";
    blocked[port][other] = verb[0] == 'b';
  } else if (!strcmp(verb, "cut") || !strcmp(verb, "mend")) ports[port].cut = verb[0] == 'c';
  else if (!strcmp(verb, "clear")) clear(&ports[port]);
  else if (!strcmp(verb, "stats")) {
    putchar('{');
    tell(&ports[port].up, "up");
    putchar(',');
    tell(&ports[port].down, "down");
    return "}";
  } else return "no such command";
  return "ok";
}

static void command(void) {
  static char line[LINE_MAX_BYTES];
  static int length;
  int got = read(0, line + length, sizeof line - 1 - length);
  if (got <= 0) exit(0);
  length += got;
  line[length] = 0;
  for (char *end; (end = strchr(line, '\n'));) {
    *end = 0;
    puts(obey(line));
    length -= end + 1 - line;
    memmove(line, end + 1, length + 1);
  }
  if (length == sizeof line - 1) exit(2);
  fflush(stdout);
}

/* Makes the interface in its namespace; the file descriptor stays good when we have come back. */
static void open_port(char *name) {
  char path[128], *colon = strchr(name, ':');
  Port *port = &ports[port_count];
  if (!colon || port_count == PORTS_MAX) {
    fprintf(stderr, "%s: a port is NAMESPACE:INTERFACE, and there are at most %d\n", name, PORTS_MAX);
    exit(2);
  }
  snprintf(port->name, sizeof port->name, "%s", name);
  snprintf(path, sizeof path, "/run/netns/%.*s", (int)(colon - name), name);
  int home = open("/proc/self/ns/net", O_RDONLY), there = open(path, O_RDONLY);
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  snprintf(request.ifr_name, IFNAMSIZ, "%s", colon + 1);
  if (home < 0 || there < 0 || setns(there, CLONE_NEWNET) || (port->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK)) < 0 ||
      ioctl(port->fd, TUNSETIFF, &request) || setns(home, CLONE_NEWNET)) {
    fprintf(stderr, "%s: %s\n", name, strerror(errno));
    exit(1);
  }
  close(home);
  close(there);
  port_count++;
}

int main(int count, char **arguments) {
  srand48(1);
  for (int i = 1; i < count; i++) open_port(arguments[i]);
  puts("ready");
  fflush(stdout);
  for (;;) {
    struct pollfd polled[PORTS_MAX + 1] = {{.fd = 0, .events = POLLIN}};
    for (int i = 0; i < port_count; i++) polled[i + 1] = (struct pollfd){.fd = ports[i].fd, .events = POLLIN};
    double wait = flight_count ? flights[0].due - now_ms() : 1000;
    wait = wait < 0 ? 0 : wait > 1000 ? 1000 : wait;
    struct timespec timeout = {(long)(wait / 1000), (long)(wait * 1e6) % 1000000000};
    if (ppoll(polled, port_count + 1, &timeout, NULL) < 0 && errno != EINTR) return 1;
    land();
    for (int i = 0; i < port_count; i++)
      if (polled[i + 1].revents & (POLLIN | POLLERR)) receive(i);
    if (polled[0].revents & (POLLIN | POLLHUP)) command();
  }
}
