using System.Globalization;
using Gateway.Configuration;
using Xunit;

namespace Gateway.Tests.Configuration;

/// <summary>What the windows of a schedule say of a moment, above all where clocks change.</summary>
public sealed class ScheduleTests
{
    private const string Path = "Gateway:Functions:hello:Idle:Schedule:0";

    // 2026-03-29 is the day on which Berlin's clock goes from 02:00 to 03:00, and 2026-10-25 the one on which it shows 02:00 to 03:00 twice. Both are Sundays.
    [Theory]
    [InlineData("Mon-Fri 08:00-18:00", "2026-03-27T06:59:59Z", null, "2026-03-27T07:00:00Z")] // a Friday, in winter
    [InlineData("Mon-Fri 08:00-18:00", "2026-03-27T07:00:00Z", "Up", "2026-03-27T17:00:00Z")]
    [InlineData("Mon-Fri 08:00-18:00", "2026-03-27T17:00:00Z", null, "2026-03-30T06:00:00Z")] // the Monday after, in summer
    [InlineData("Sun 02:30-04:00", "2026-03-29T00:59:59Z", null, "2026-03-29T01:00:00Z")] // 02:30 is skipped
    [InlineData("Sun 02:30-04:00", "2026-03-29T01:00:00Z", "Up", "2026-03-29T02:00:00Z")]
    [InlineData("Sun 01:00-02:30", "2026-03-29T00:30:00Z", "Up", "2026-03-29T01:00:00Z")]
    [InlineData("Sun 02:10-02:50", "2026-03-28T12:00:00Z", null, "2026-04-05T00:10:00Z")] // all of it is skipped
    [InlineData("Sun 02:30-04:00", "2026-10-25T00:29:59Z", null, "2026-10-25T00:30:00Z")] // 02:30 comes twice: the first
    [InlineData("Sun 02:30-04:00", "2026-10-25T00:30:00Z", "Up", "2026-10-25T03:00:00Z")] // two and a half hours
    [InlineData("Sun 01:00-02:30", "2026-10-25T00:29:59Z", "Up", "2026-10-25T00:30:00Z")]
    [InlineData("Sat 22:00-06:00", "2026-03-28T21:00:00Z", "Up", "2026-03-29T04:00:00Z")] // over midnight, seven hours
    [InlineData("Sat 22:00-06:00", "2026-10-24T20:00:00Z", "Up", "2026-10-25T05:00:00Z")] // nine hours
    [InlineData("Sat 22:00-06:00", "2026-10-25T05:00:00Z", null, "2026-10-31T21:00:00Z")]
    [InlineData("Fri-Sun 00:00-24:00", "2026-06-19T12:00:00Z", "Up", "2026-06-21T22:00:00Z")] // three days in one
    [InlineData("Mon-Sun 00:00-24:00", "2026-06-19T12:00:00Z", "Up", null)]
    [InlineData("Sat-Mon 12:00-13:00", "2026-06-22T10:30:00Z", "Up", "2026-06-22T11:00:00Z")]
    [InlineData("Sat-Mon 12:00-13:00", "2026-06-22T11:00:00Z", null, "2026-06-27T10:00:00Z")]
    public void At_Berlin_FollowsItsClock(string window, string now, string? what, string? until)
    {
        var schedule = Read($$"""[{{Entry(window, "Europe/Berlin", "Up")}}]""");

        Assert.Equal(Expected(what, until), Schedules.At(schedule, Moment(now)));
    }

    [Fact]
    public void At_WindowsOfBothKinds_DownPrevails()
    {
        var schedule = Read($$"""[{{Entry("Mon-Fri 08:00-18:00", "UTC", "Up")}}, {{Entry("Wed 12:00-13:00", "UTC", "Down")}}]""");

        Assert.Equal(Expected("Up", "2026-06-24T12:00:00Z"), Schedules.At(schedule, Moment("2026-06-24T09:00:00Z")));
        Assert.Equal(Expected("Down", "2026-06-24T13:00:00Z"), Schedules.At(schedule, Moment("2026-06-24T12:00:00Z")));
        Assert.Equal(Expected("Up", "2026-06-24T18:00:00Z"), Schedules.At(schedule, Moment("2026-06-24T13:00:00Z")));
    }

    [Fact]
    public void At_ZonesFarApart_EachHasItsOwnDay()
    {
        // In Auckland it is Monday while it is Sunday in Honolulu.
        var now = Moment("2026-06-21T20:30:00Z");

        Assert.Equal(Expected("Up", "2026-06-21T21:00:00Z"), Schedules.At(Read($$"""[{{Entry("Mon 08:00-09:00", "Pacific/Auckland", "Up")}}]"""), now));
        Assert.Equal(Expected("Up", "2026-06-21T21:00:00Z"), Schedules.At(Read($$"""[{{Entry("Sun 10:00-11:00", "Pacific/Honolulu", "Up")}}]"""), now));
    }

    [Fact]
    public void Read_Defaults_AreEveryDayAndTheMachinesZone()
    {
        var window = Assert.Single(Read("""[{ "Is": "Down" }]"""));

        Assert.Equal(new ScheduleWindow { Days = 127, From = TimeSpan.Zero, To = TimeSpan.FromDays(1), Zone = TimeZoneInfo.Local, Is = ScheduleIs.Down }, window);
        Assert.Equal(0b100_0010, Assert.Single(Read("""[{ "Is": "Up", "Days": ["mon", "SAT"] }]""")).Days);
        Assert.Equal(Read("""[{ "Is": "Up", "Days": "Mon" }]"""), Read("""[{ "Is": "Up", "Days": ["Mon"] }]"""));
    }

    [Theory]
    [InlineData("""{ "From": "08:00" }""", ":Is", "is it kept running in that time, or may it not run? Write \"Up\" or \"Down\".")]
    [InlineData("""{ "Is": "On" }""", ":Is", "'On' is not one of Up, Down.")]
    [InlineData("""{ "Is": "Up", "Days": "Mon-Fr" }""", ":Days", "'Mon-Fr' is neither a day nor a range of days; write e.g. \"Mon\" or \"Mon-Fri\", by Sun, Mon, Tue, Wed, Thu, Fri, Sat.")]
    [InlineData("""{ "Is": "Up", "Days": ["Mon", "Funday"] }""", ":Days:1", "'Funday' is neither a day nor a range of days; write e.g. \"Mon\" or \"Mon-Fri\", by Sun, Mon, Tue, Wed, Thu, Fri, Sat.")]
    [InlineData("""{ "Is": "Up", "From": "8:00" }""", ":From", "'8:00' is not a time of the day from 00:00 to 23:59; write e.g. \"08:00\".")]
    [InlineData("""{ "Is": "Up", "From": "24:00" }""", ":From", "'24:00' is not a time of the day from 00:00 to 23:59; write e.g. \"08:00\".")]
    [InlineData("""{ "Is": "Up", "To": "18:60" }""", ":To", "'18:60' is not a time of the day from 00:00 to 24:00; write e.g. \"18:00\".")]
    [InlineData("""{ "Is": "Up", "From": "08:00", "To": "08:00" }""", ":To", "it ends when it begins; leave From and To out for the whole day.")]
    [InlineData("""{ "Is": "Up", "TimeZone": "Europe/Berlinn" }""", ":TimeZone", "'Europe/Berlinn' is no time zone that this machine knows; did you mean 'Europe/Berlin'?")]
    [InlineData("""{ "Is": "Up", "TimeZone": "Middle-earth" }""", ":TimeZone", "'Middle-earth' is no time zone that this machine knows; write a name of the tz database, e.g. \"Europe/Berlin\" (timedatectl list-timezones has all).")]
    public void Read_Mistake_SaysWhereAndWhat(string entry, string where, string what)
    {
        var error = Given.Error(Given.Process($$"""
            "Idle": { "Schedule": [{{entry}}] }
            """));

        Assert.Equal(($"{Path}{where}", what), (error.Path, error.Message));
    }

    private static ValueList<ScheduleWindow> Read(string windows) => Given.Function(Given.Process($$"""
        "Idle": { "Schedule": {{windows}} }
        """)).Idle.Schedule;

    private static string Entry(string window, string zone, string what)
    {
        var (days, times) = (window.Split(' ')[0], window.Split(' ')[1].Split('-'));
        return $$"""{ "Days": "{{days}}", "From": "{{times[0]}}", "To": "{{times[1]}}", "TimeZone": "{{zone}}", "Is": "{{what}}" }""";
    }

    private static ScheduleState Expected(string? what, string? until) =>
        new(what is null ? null : Enum.Parse<ScheduleIs>(what), until is null ? null : Moment(until));

    private static DateTimeOffset Moment(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
