/* What a program without a C library needs of the processor: its first instructions, system calls, and the way back from a signal's handler. */
#ifndef HEADSTART_CALL_H
#define HEADSTART_CALL_H

/* Gets the stack as the kernel leaves it: the number of arguments, the arguments, nothing, the environment, nothing. */
void begin(unsigned long *stack);

/* Where the kernel returns from a handler. It delivers no signal whose handler has no way back (arch/x86/kernel/signal_64.c, SA_RESTORER). */
void give_back(void);

#if defined(__x86_64__)
static long call(long number, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
	return result;
}

/* The stack begins with the number of arguments (System V ABI, AMD64, "Process initialization"). */
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall begin\n\thlt\n");
/* asm/unistd_64.h: rt_sigreturn is 15. */
__asm__(".globl give_back\ngive_back:\n\tmov $15, %eax\n\tsyscall\n");
#elif defined(__aarch64__)
static long call(long number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory", "cc");
	return x0;
}

__asm__(".globl _start\n_start:\n\tmov x29, xzr\n\tmov x0, sp\n\tand x1, x0, #-16\n\tmov sp, x1\n\tbl begin\n\tbrk #0\n");
/* asm-generic/unistd.h: rt_sigreturn is 139. */
__asm__(".globl give_back\ngive_back:\n\tmov x8, #139\n\tsvc #0\n");
#else
#error "The gate knows the system calls of x86-64 and of 64-bit ARM."
#endif

#endif
