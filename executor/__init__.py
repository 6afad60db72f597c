"""A webhook signal executor: TradingView alerts in, Bitget reversal orders out."""
