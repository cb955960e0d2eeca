using Gateway.Listening;
using Gateway.Tests.Activation;
using Xunit;

namespace Gateway.Tests.Forwarding;

public sealed class ClientConnectionTests
{
    [Fact]
    public void Use_OneThenAnother_CountsForTheLast()
    {
        var bench = new FunctionBench();
        var (one, other) = (bench.Make(FunctionBench.Options("one")), bench.Make(FunctionBench.Options("other")));
        var connection = new ClientConnection(source: null, new YoungConnections());

        connection.Use(one);
        connection.Use(one);
        Assert.Equal((1, 0), (one.OpenConnections, other.OpenConnections));
        connection.Use(other);
        Assert.Equal((0, 1), (one.OpenConnections, other.OpenConnections));
        connection.Dispose();

        Assert.Equal((0, 0), (one.OpenConnections, other.OpenConnections));
    }

    [Fact]
    public void Use_AfterTheEnd_LeavesNothingBehind()
    {
        var function = new FunctionBench().Make();
        var connection = new ClientConnection(source: null, new YoungConnections());
        connection.Dispose();

        connection.Use(function);

        Assert.Equal(0, function.OpenConnections);
    }

    [Fact]
    public async Task Use_StreamsOfTwoFunctionsAtOnceAndTheEnd_LeaveNothingBehind()
    {
        var bench = new FunctionBench();
        var functions = new[] { bench.Make(FunctionBench.Options("one")), bench.Make(FunctionBench.Options("other")) };
        for (var round = 0; round < 200; round++)
        {
            var connection = new ClientConnection(source: null, new YoungConnections());
            await Task.WhenAll(
                Task.Run(() => Repeat(() => connection.Use(functions[0]))),
                Task.Run(() => Repeat(() => connection.Use(functions[1]))),
                Task.Run(connection.Dispose));
            Assert.All(functions, function => Assert.Equal(0, function.OpenConnections));
        }
    }

    private static void Repeat(Action action)
    {
        for (var i = 0; i < 50; i++)
        {
            action();
        }
    }
}
