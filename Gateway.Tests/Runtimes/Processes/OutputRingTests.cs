using Gateway.Model;
using Gateway.Runtimes.Process;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Runtimes.Processes;

/// <summary>What is kept of programs' output is bounded, and nobody who reads it holds up a program.</summary>
public sealed class OutputRingTests
{
    private readonly OutputBudget _budget = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Add_MoreThanIsKept_KeepsTheLastLines()
    {
        var ring = Ring();
        Write(ring, 0, OutputRing.MostLines + 10);

        var lines = await ReadAsync(ring, int.MaxValue);

        Assert.Equal(Enumerable.Range(10, OutputRing.MostLines).Select(Text), lines);
        Assert.Equal([Text(OutputRing.MostLines + 8), Text(OutputRing.MostLines + 9)], await ReadAsync(ring, 2));
        Assert.Empty(await ReadAsync(ring, 0));
    }

    [Fact]
    public async Task Add_LongLines_KeepsAsManyCharactersAsMayBe()
    {
        var ring = Ring();
        for (var i = 0; i < 100; i++)
        {
            ring.Add("a", OutputLine.Output, new string('x', OutputReader.LongestPiece));
        }

        Assert.Equal(OutputRing.MostCharacters / OutputReader.LongestPiece, (await ReadAsync(ring, int.MaxValue)).Count);
    }

    [Fact]
    public async Task Budget_UsedUpByOthers_LeavesAFew_AndIsGivenBack()
    {
        var budget = new OutputBudget(most: 2000);
        var (loud, other) = (new OutputRing(budget, _time), new OutputRing(budget, _time));
        loud.Add("a", OutputLine.Output, new string('x', 2001));
        Write(other, 0, 20);
        Assert.Equal(OutputRing.FewLines, (await ReadAsync(other, int.MaxValue)).Count);

        loud.End();
        loud.Add("a", OutputLine.Output, new string('x', 1000));
        Write(other, 0, 10);

        Assert.False(budget.IsOver);
        Assert.Equal(OutputRing.FewLines + 10, (await ReadAsync(other, int.MaxValue)).Count);
    }

    [Fact]
    public async Task Follow_OfOneThatReadsSlowly_TellsHowMuchIsLost()
    {
        var ring = Ring();
        Write(ring, 0, 1);
        await using var reader = ring.ReadAsync(10, follow: true, TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal(Text(0), reader.Current.Text);

        Write(ring, 1, OutputRing.MostLines + 7);

        Assert.True(await reader.MoveNextAsync());
        Assert.Equal((OutputLine.Gateway, "7 lines were written faster than they were read, and are lost."), (reader.Current.Stream, reader.Current.Text));
        for (var i = 8; i < OutputRing.MostLines + 8; i++)
        {
            Assert.True(await reader.MoveNextAsync());
            Assert.Equal(Text(i), reader.Current.Text);
        }

        var next = reader.MoveNextAsync();
        Assert.False(next.IsCompleted);
        ring.End();
        Assert.False(await next);
    }

    [Fact]
    public async Task Follow_Cancelled_Ends()
    {
        using var left = new CancellationTokenSource();
        await using var reader = Ring().ReadAsync(10, follow: true, left.Token).GetAsyncEnumerator(left.Token);
        var next = reader.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);

        await left.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task Outputs_OfAFunctionThatIsGone_AreForgotten()
    {
        var outputs = new FunctionOutputs(_time);
        outputs.Of("a").Add("a-1", OutputLine.Output, "old");
        outputs.Of("b").Add("b-1", OutputLine.Output, "stays");

        outputs.Keep(new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "B" });

        Assert.Empty(await ReadAsync(outputs.Of("a"), 10));
        Assert.Equal(["stays"], await ReadAsync(outputs.Of("b"), 10));
    }

    private OutputRing Ring() => new(_budget, _time);

    private static void Write(OutputRing ring, int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            ring.Add("a", OutputLine.Output, Text(i));
        }
    }

    private static string Text(int number) => $"{number}";

    private static async Task<List<string>> ReadAsync(OutputRing ring, int tail)
    {
        var lines = new List<string>();
        await foreach (var line in ring.ReadAsync(tail, follow: false, TestContext.Current.CancellationToken))
        {
            lines.Add(line.Text);
        }

        return lines;
    }
}
