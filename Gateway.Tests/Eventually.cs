using System.Runtime.CompilerServices;
using Xunit;

namespace Gateway.Tests;

/// <summary>Waits for conditions that nothing reports: in the file system, in an engine's answer, at the admin endpoint, behind a lock.</summary>
public static class Eventually
{
    /// <summary>How long it waits. Nothing takes that long even on a busy machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <param name="condition">The condition.</param>
    /// <param name="what">The text of the condition, for the failure.</param>
    public static Task True(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        True(() => Task.FromResult(condition()), what);

    /// <inheritdoc cref="True(Func{bool}, string)"/>
    public static async Task True(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, $"It never came: {what}");
            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
