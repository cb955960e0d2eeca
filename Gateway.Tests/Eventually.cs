using System.Runtime.CompilerServices;
using Xunit;

namespace Gateway.Tests;

/// <summary>Waits for what can only be looked at: the file system, an engine's answer, the admin endpoint, a state behind a lock.</summary>
public static class Eventually
{
    /// <summary>Longer than anything takes on a busy machine: what fails here does not come at all.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <param name="condition">What is to come true.</param>
    /// <param name="what">For the failure.</param>
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
