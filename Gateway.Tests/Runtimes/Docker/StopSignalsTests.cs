using Gateway.Runtimes.Engines;
using Xunit;

namespace Gateway.Tests.Runtimes.Docker;

public sealed class StopSignalsTests
{
    [Theory]
    [InlineData("", 15)]
    [InlineData("SIGTERM", 15)]
    [InlineData("term", 15)]
    [InlineData("15", 15)]
    [InlineData("SIGKILL", 9)]
    [InlineData("SIGWINCH", 28)]
    [InlineData("QUIT", 3)]
    [InlineData("SIGSYS", 31)]
    [InlineData("SIGRTMIN", 34)]
    [InlineData("RTMIN+3", 37)]
    [InlineData("SIGRTMAX-2", 62)]
    public void NumberOf_AsImagesNameThem_IsTheKernels(string signal, int number) => Assert.Equal(number, StopSignals.NumberOf(signal));

    [Theory]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("SIGNOTHING")]
    [InlineData("SIGRTMAX+1")]
    [InlineData("SIGRTMIN+x")]
    [InlineData("SIGRT")]
    public void NumberOf_NoSignal_IsNone(string signal) => Assert.Null(StopSignals.NumberOf(signal));
}
