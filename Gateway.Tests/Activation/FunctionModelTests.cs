using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Gateway.Tests.Activation;

/// <summary>
/// Random orders of signals, requests, idle time, reloads and engine faults against the state machine. Whatever the order:
/// never more than Scale:Max instances, nothing stopped in use, no request lost, nothing left in the engine.
/// </summary>
public sealed class FunctionModelTests
{
    private const int Sequences = 100;
    private const int Length = 100;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Operations_10000AtRandom_KeepTheInvariants(bool faults)
    {
        var kinds = ModelOperation.Weights.Where(pair => faults || !FunctionModel.Faults.Contains(pair.Kind));
        var operation =
            from kind in Gen.Frequency([.. kinds.Select(pair => (pair.Weight, Gen.Constant(pair.Kind)))])
            from argument in Gen.Choose(0, 999)
            select new ModelOperation(kind, argument);
        var sequences = Arb.From(operation.ArrayOf(Length), Shorter);

        Prop.ForAll(sequences, operations => FunctionModel.RunAsync(operations).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Sequences));
    }

    // A failure is told by the shortest sequence that still fails.
    private static IEnumerable<ModelOperation[]> Shorter(ModelOperation[] operations)
    {
        for (var part = operations.Length / 2; part > 0; part /= 2)
        {
            for (var at = 0; at + part <= operations.Length; at += part)
            {
                yield return [.. operations[..at], .. operations[(at + part)..]];
            }
        }
    }
}
