using Gateway.Signals;
using Xunit;

namespace Gateway.Tests.Signals;

public sealed class ChangesTests
{
    private readonly Changes<string, object> _changes = new();
    private readonly Dictionary<string, object> _values = [];

    [Fact]
    public void Look_AddedReplacedRemovedKept_NamesAllButWhatWasKept()
    {
        var (a, b, c) = (Put("a"), Put("b"), Put("c"));
        Sees([], [("a", a), ("b", b), ("c", c)]);
        Sees([], []);

        var (other, d) = (Put("b"), Put("d"));
        _values.Remove("c");
        Sees([b, c], [("b", other), ("d", d)]);
        Sees([], []);

        _values.Clear();
        Sees([a, other, d], []);
    }

    [Fact]
    public void Forget_ThenLook_EverythingIsNew()
    {
        var a = Put("a");
        Sees([], [("a", a)]);
        _changes.Forget();
        Sees([], [("a", a)]);
    }

    private object Put(string key) => _values[key] = new object();

    private void Sees(object[] gone, (string Key, object Value)[] fresh)
    {
        var (itsGone, itsFresh) = _changes.Compare([.. _values.Keys.Order(StringComparer.Ordinal)], key => _values[key]);
        Assert.Equal(gone, itsGone);
        Assert.Equal(fresh, itsFresh.Select(pair => (pair.Key, pair.Value)));
    }
}
