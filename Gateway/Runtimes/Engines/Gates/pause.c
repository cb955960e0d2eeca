/*
 * Keeps a container's network: the network namespace of a container is there for as long as a process of it is, and this one does nothing but stay.
 * The containers that join the namespace come and go.
 *
 * Like the gate it needs no library, and nothing of the image whose container it is in.
 */
#include <asm/signal.h>
#include <asm/unistd.h>

#include "call.h"

#define RESTORER 0x04000000 /* SA_RESTORER */
#define SIGNAL_SET 8 /* bytes of the kernel's sigset_t */

/* struct sigaction of the kernel (include/linux/signal_types.h), which is not the C library's. Both architectures have the restorer. */
struct action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

static __attribute__((noreturn)) void end(void)
{
	for (;;)
		call(__NR_exit_group, 0, 0, 0, 0, 0);
}

static void on_signal(int number)
{
	(void)number;
	end();
}

/* The first process of a PID namespace gets no signal that it has no handler for (pid_namespaces(7)), so without this a stop would wait for SIGKILL. */
__attribute__((used, noreturn)) void begin(unsigned long *stack)
{
	struct action to = { on_signal, RESTORER, give_back, 0 };

	(void)stack;
	call(__NR_rt_sigaction, SIGTERM, (long)&to, 0, SIGNAL_SET, 0);
	call(__NR_rt_sigaction, SIGINT, (long)&to, 0, SIGNAL_SET, 0);
	/* Nothing to wait for but a signal: no descriptor, no time. It is on both architectures, as pause(2) is not. */
	for (;;)
		call(__NR_ppoll, 0, 0, 0, 0, 0);
}
