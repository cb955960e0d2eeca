namespace Gateway.Lab.Reports;

/// <summary>A step of load against a function with so many instances. Times in milliseconds.</summary>
/// <param name="Subject">Scaled or fixed.</param>
/// <param name="Requests">How many were answered.</param>
/// <param name="Lost">How many were not, or not well.</param>
/// <param name="FirstAnswer">From the step to the first answer.</param>
/// <param name="AllRun">From the step to the moment at which all instances took requests.</param>
/// <param name="P50">Of the step's requests.</param>
/// <param name="P99">Of the step's requests.</param>
/// <param name="LateP99">Of those that were sent in its second half.</param>
/// <param name="InstanceSeconds">For how long instances ran, summed up.</param>
public sealed record StepCell(
    string Subject, int Requests, int Lost, double FirstAnswer, double AllRun, double P50, double P99, double LateP99, double InstanceSeconds);
