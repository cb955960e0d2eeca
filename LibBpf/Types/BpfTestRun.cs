namespace LibBpf;

/// <summary>A <see cref="BpfTestRun"/> holds what a test run of a program gave.</summary>
/// <param name="ReturnValue">The program's verdict, for XDP as <c>XDP_PASS</c> = 2 of linux/bpf.h.</param>
/// <param name="Packet">The packet as the program left it.</param>
/// <param name="Nanoseconds">The mean time of one run in nanoseconds.</param>
public sealed record BpfTestRun(uint ReturnValue, byte[] Packet, uint Nanoseconds);
