// The least that any server can do: one thread that waits for requests, adds numbers for a while in place of an answer's work, and
// answers as many bytes as the predictor does. Its latencies are what the machine, its kernel and a line at one core leave to a
// server that takes as long for a request, in whatever language. The additions don't wait for each other, and need the whole core
// as a server's work does: where others share it, they take longer, too.
//
//	loop PORT MICROSECONDS
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { answer_size = 580, events_at_once = 256, line = 4096 };

static volatile unsigned long sum;

// work adds so many times to each of eight sums.
static void work(long times) {
	unsigned long a = sum, b = 1, c = 2, d = 3, e = 4, f = 5, g = 6, h = 7;
	for (long i = 0; i < times; i++) {
		a += i ^ b, b += i ^ c, c += i ^ d, d += i ^ a;
		e += i ^ f, f += i ^ g, g += i ^ h, h += i ^ e;
		__asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h)); // none of it is left out
	}
	sum = a + b + c + d + e + f + g + h;
}

// a_microsecond returns how many of these a core does in one when nothing disturbs it.
static double a_microsecond(void) {
	const long trial = 50000;
	double best = 0;
	for (int i = 0; i < 100; i++) {
		struct timespec from, to;
		clock_gettime(CLOCK_MONOTONIC, &from);
		work(trial);
		clock_gettime(CLOCK_MONOTONIC, &to);
		double took = (to.tv_sec - from.tv_sec) * 1e6 + (to.tv_nsec - from.tv_nsec) / 1e3;
		if (trial / took > best)
			best = trial / took;
	}
	return best;
}

static int fail(const char *what) {
	perror(what);
	return 1;
}

int main(int count, char **arguments) {
	if (count != 3) {
		fputs("usage: loop PORT MICROSECONDS\n", stderr);
		return 2;
	}
	long times = atof(arguments[2]) * a_microsecond();
	char answer[answer_size + 256];
	int size = sprintf(answer, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", answer_size);
	memset(answer + size, ' ', answer_size);
	size += answer_size;

	int on = 1, door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), epoll = epoll_create1(EPOLL_CLOEXEC);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event wanted = {.events = EPOLLIN, .data.fd = door};
	if (door < 0 || epoll < 0 || setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) || bind(door, (struct sockaddr *)&address, sizeof address) ||
	    listen(door, line) || epoll_ctl(epoll, EPOLL_CTL_ADD, door, &wanted))
		return fail("listen");
	for (;;) {
		struct epoll_event events[events_at_once];
		int ready = epoll_wait(epoll, events, events_at_once, -1);
		if (ready < 0 && errno != EINTR)
			return fail("wait");
		for (int i = 0; i < ready; i++) {
			int fd = events[i].data.fd;
			if (fd == door) {
				wanted.data.fd = accept4(door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
				if (wanted.data.fd >= 0 && (setsockopt(wanted.data.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) || epoll_ctl(epoll, EPOLL_CTL_ADD, wanted.data.fd, &wanted)))
					return fail("accept");
				continue;
			}
			char request[4096]; // the load's requests come whole, one at a time
			if (read(fd, request, sizeof request) <= 0) {
				close(fd);
				continue;
			}
			work(times);
			if (write(fd, answer, size) != size)
				close(fd);
		}
	}
}
