//! placeholder
use aftercast_analysis::review::Review;
/// x
pub fn render(_: &Review, _: &crate::Options) -> String {
    String::new()
}
