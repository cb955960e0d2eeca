using Gateway.Configuration.Schema;
using Gateway.Model;

namespace Gateway.Configuration;

/// <summary>Reads what binds a function to others, <c>DependsOn</c>, <c>Group</c>, <c>Excludes</c> and <c>Split</c>, and judges all of it together.</summary>
internal static class BondsReader
{
    /// <summary>The largest number of functions that one may depend on or exclude.</summary>
    public const int MaxNamed = 100;

    /// <summary>Returns the functions that one depends on.</summary>
    public static IReadOnlyList<DependencyOptions> DependsOn(SectionReader function)
    {
        var all = new List<DependencyOptions>();
        foreach (var item in function.Items("DependsOn", Names.Function))
        {
            if (Dependency(item) is { } one)
            {
                all.Add(one);
            }
        }

        Bound(function, "DependsOn", all.Count);
        return all;
    }

    /// <summary>Returns the name of the group, or null if the function is in none.</summary>
    public static string? Group(SectionReader function)
    {
        var group = function.Text("Group", Names.Function);
        if (group is not null && !Names.IsValid(group, Names.MaxFunctionName))
        {
            function.Error("Group", $"{ReadContext.Quote(group)} is not the name of a group; use 1 to {Names.MaxFunctionName} letters, digits, '.', '_' and '-', a letter or digit first.");
        }

        return group;
    }

    /// <summary>Returns the functions that may not run at the same time.</summary>
    public static IReadOnlyList<string> Excludes(SectionReader function)
    {
        var names = new List<string>();
        foreach (var item in function.List("Excludes", Names.Function))
        {
            if (Judge(item.Value) is { } mistake)
            {
                function.Error(item, mistake);
                continue;
            }

            names.Add(item.Value);
        }

        Bound(function, "Excludes", names.Count);
        return names;
    }

    /// <summary>Returns the parts of its clients that get other versions of the function.</summary>
    public static IReadOnlyList<SplitShare> Split(SectionReader function)
    {
        var all = new List<SplitShare>();
        foreach (var item in function.Objects("Split"))
        {
            if (!item.HasNeeded("Function"))
            {
                item.Error("Function", "is missing; write the name of the function that is the other version.");
            }

            if (!item.HasNeeded("Percent"))
            {
                item.Error("Percent", "is missing; write the part of the clients that get this version, 1 to 100.");
            }

            var (other, percent) = (Name(item), item.Integer("Percent", 1, 100));
            item.End();
            if (other is not null && percent is { } part)
            {
                all.Add(new SplitShare(other, part));
            }
        }

        if (all.Sum(static share => share.Percent) is var sum and > 100)
        {
            function.Error("Split", $"the parts are {sum} percent together; write parts of 100 at most, the rest get the function itself.");
        }

        return all;
    }

    /// <summary>Notes an error for each name of no function, each function that binds itself, and each circle of dependencies.</summary>
    /// <returns>Returns what was found.</returns>
    public static BoundFunctions Check(IReadOnlyCollection<FunctionOptions> functions, string path, ReadContext context)
    {
        var byName = new Dictionary<string, FunctionOptions>(StringComparer.OrdinalIgnoreCase);
        foreach (var function in functions)
        {
            byName.TryAdd(function.Name, function);
        }

        var known = new BoundFunctions(byName, path, context);
        foreach (var function in functions.Where(static function => function.DependsOn.Count + function.Excludes.Count + function.Split.Count > 0))
        {
            known.Check(function);
        }

        return known;
    }

    private static DependencyOptions? Dependency(SectionReader item)
    {
        if (item.Node is { HasChildren: false } text)
        {
            if (text.Value is { Length: > 0 } name)
            {
                return Judge(name) is { } mistake ? Refuse(item, mistake) : new DependencyOptions(name, DependencyCondition.Healthy, IsOptional: false);
            }

            return Refuse(item, "is empty; write the name of a function, e.g. \"database\".");
        }

        if (!item.HasNeeded("Function"))
        {
            item.Error("Function", "is missing; write the name of the function that is depended on.");
        }

        var function = Name(item);
        var condition = item.Word<DependencyCondition>("Condition") ?? DependencyCondition.Healthy;
        var isOptional = item.Flag("Optional") ?? false;
        item.End();
        return function is null ? null : new DependencyOptions(function, condition, isOptional);
    }

    private static string? Name(SectionReader item)
    {
        var name = item.Text("Function", Names.Function);
        if (name is null || Judge(name) is not { } mistake)
        {
            return name;
        }

        item.Error("Function", mistake);
        return null;
    }

    private static string? Judge(string name) => Names.IsValid(name, Names.MaxFunctionName) ? null
        : $"{ReadContext.Quote(name)} is no name that a function can have; use 1 to {Names.MaxFunctionName} letters, digits, '.', '_' and '-', a letter or digit first.";

    private static DependencyOptions? Refuse(SectionReader item, string mistake)
    {
        item.Error(mistake);
        return null;
    }

    private static void Bound(SectionReader function, string key, int count)
    {
        if (count > MaxNamed)
        {
            function.Error(key, $"there are {count} functions, and {MaxNamed} are the most.");
        }
    }
}
