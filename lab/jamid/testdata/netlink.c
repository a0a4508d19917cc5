/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Preloaded into jamid. Linux may put the end of a netlink dump, NLMSG_DONE, into the same datagram
 * as the last of its data. The address listing of this jamid looks for it at the start of a datagram
 * only, waits for ever when it is not there, and no call ever starts. So the end is cut off here and
 * given to the next recv().
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

enum { SOCKETS = 4096, LONGEST = 64 };

static unsigned char kept[SOCKETS][LONGEST];
static int kept_length[SOCKETS];

static int is_netlink(int fd)
{
	int domain = 0;
	socklen_t size = sizeof domain;

	return fd >= 0 && fd < SOCKETS &&
	       getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_NETLINK;
}

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
	static ssize_t (*next)(int, void *, size_t, int);

	if (!next)
		next = (ssize_t (*)(int, void *, size_t, int))dlsym(RTLD_NEXT, "recv");
	if (!is_netlink(fd))
		return next(fd, buffer, size, flags);
	if (kept_length[fd] > 0 && size >= (size_t)kept_length[fd]) {
		ssize_t n = kept_length[fd];
		kept_length[fd] = 0;
		memcpy(buffer, kept[fd], n);
		return n;
	}
	ssize_t got = next(fd, buffer, size, flags);
	int left = (int)got, first = 1;
	for (struct nlmsghdr *h = buffer; got > 0 && NLMSG_OK(h, left); h = NLMSG_NEXT(h, left), first = 0) {
		if (h->nlmsg_type == NLMSG_DONE && !first && left <= LONGEST) {
			memcpy(kept[fd], h, left);
			kept_length[fd] = left;
			return got - left;
		}
	}
	return got;
}
