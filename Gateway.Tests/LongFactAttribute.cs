using System.Runtime.CompilerServices;
using Xunit;

namespace Gateway.Tests;

/// <summary>A test that only <c>./test --long</c> runs, as <see cref="InLongRunsAttribute"/> is for a row. Each says why.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LongFactAttribute : FactAttribute
{
    public LongFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) => Explicit = !LongRun.IsOn;
}
