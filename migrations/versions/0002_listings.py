"""Listings with photos, amenities and review figures.

Additive: nothing that runs before it knows these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002_listings"
down_revision = "0001_accounts"

TABLE = {"mysql_engine": "InnoDB", "mysql_default_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def ascii_string(length: int) -> sa.String:
    text = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(text, "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "listings",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("host_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("property_type", sa.String(24), nullable=False),
        sa.Column("room_type", sa.String(24), nullable=False),
        sa.Column("address_line1", sa.String(200), nullable=False),
        sa.Column("address_line2", sa.String(200), nullable=True),
        sa.Column("city", sa.String(120), nullable=False),
        sa.Column("region", sa.String(120), nullable=True),
        sa.Column("postal_code", sa.String(20), nullable=True),
        sa.Column("country_code", ascii_string(2), nullable=False),
        sa.Column("latitude_e6", sa.Integer(), nullable=False),
        sa.Column("longitude_e6", sa.Integer(), nullable=False),
        sa.Column("public_latitude_e6", sa.Integer(), nullable=False),
        sa.Column("public_longitude_e6", sa.Integer(), nullable=False),
        sa.Column("time_zone", ascii_string(64), nullable=False),
        sa.Column("max_guests", sa.SmallInteger(), nullable=False),
        sa.Column("bedrooms", sa.SmallInteger(), nullable=False),
        sa.Column("beds", sa.SmallInteger(), nullable=False),
        sa.Column("bathroom_halves", sa.SmallInteger(), nullable=False),
        sa.Column("currency", ascii_string(3), nullable=False),
        sa.Column("nightly_price_minor", sa.BigInteger(), nullable=True),
        sa.Column("weekend_price_minor", sa.BigInteger(), nullable=True),
        sa.Column("cleaning_fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("extra_guest_fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("extra_guest_after", sa.SmallInteger(), nullable=True),
        sa.Column("pets_allowed", sa.Boolean(), nullable=False),
        sa.Column("pet_fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("weekly_discount_percent", sa.SmallInteger(), nullable=False),
        sa.Column("monthly_discount_percent", sa.SmallInteger(), nullable=False),
        sa.Column("early_bird_days", sa.SmallInteger(), nullable=True),
        sa.Column("early_bird_percent", sa.SmallInteger(), nullable=True),
        sa.Column("last_minute_days", sa.SmallInteger(), nullable=True),
        sa.Column("last_minute_percent", sa.SmallInteger(), nullable=True),
        sa.Column("new_listing_discount_percent", sa.SmallInteger(), nullable=False),
        sa.Column("non_refundable_discount_percent", sa.SmallInteger(), nullable=True),
        sa.Column("min_nights", sa.SmallInteger(), nullable=False),
        sa.Column("min_nights_by_weekday", sa.JSON(), nullable=False),
        sa.Column("max_nights", sa.SmallInteger(), nullable=False),
        sa.Column("advance_notice_days", sa.SmallInteger(), nullable=False),
        sa.Column("cut_off_hour", sa.SmallInteger(), nullable=True),
        sa.Column("preparation_days", sa.SmallInteger(), nullable=False),
        sa.Column("booking_window_days", sa.SmallInteger(), nullable=False),
        sa.Column("check_in_weekdays", sa.SmallInteger(), nullable=True),
        sa.Column("check_out_weekdays", sa.SmallInteger(), nullable=True),
        sa.Column("check_in_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("check_in_until_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("check_out_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("instant_book", sa.Boolean(), nullable=False),
        sa.Column("cancellation_policy", sa.String(24), nullable=False),
        sa.Column("house_rules", sa.Text(), nullable=False),
        sa.Column("arrival_guide", sa.Text(), nullable=False),
        sa.Column("registration_number", sa.String(80), nullable=True),
        sa.Column("import_source", ascii_string(24), nullable=True),
        sa.Column("import_key", ascii_string(64), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_listings"),
        sa.UniqueConstraint("import_source", "import_key", name="uq_listings_import_source_import_key"),
        sa.ForeignKeyConstraint(["host_id"], ["users.id"], name="fk_listings_host_id", ondelete="RESTRICT"),
        sa.CheckConstraint("advance_notice_days BETWEEN 0 AND 30", name=op.f("ck_listings_advance_notice_days_range")),
        sa.CheckConstraint("bathroom_halves >= 0", name=op.f("ck_listings_bathroom_halves_not_negative")),
        sa.CheckConstraint("bedrooms >= 0", name=op.f("ck_listings_bedrooms_not_negative")),
        sa.CheckConstraint("beds >= 0", name=op.f("ck_listings_beds_not_negative")),
        sa.CheckConstraint("booking_window_days BETWEEN 1 AND 720", name=op.f("ck_listings_booking_window_days_range")),
        sa.CheckConstraint(
            "cancellation_policy IN ('flexible', 'moderate', 'limited', 'firm', 'strict', 'non_refundable', "
            "'long_term')",
            name=op.f("ck_listings_cancellation_policy"),
        ),
        sa.CheckConstraint("check_in_minutes BETWEEN 0 AND 1439", name=op.f("ck_listings_check_in_minutes_range")),
        sa.CheckConstraint(
            "check_in_until_minutes BETWEEN 0 AND 1439", name=op.f("ck_listings_check_in_until_minutes_range")
        ),
        sa.CheckConstraint("check_in_weekdays BETWEEN 1 AND 127", name=op.f("ck_listings_check_in_weekdays_range")),
        sa.CheckConstraint("check_out_minutes BETWEEN 0 AND 1439", name=op.f("ck_listings_check_out_minutes_range")),
        sa.CheckConstraint("check_out_weekdays BETWEEN 1 AND 127", name=op.f("ck_listings_check_out_weekdays_range")),
        sa.CheckConstraint("cleaning_fee_minor >= 0", name=op.f("ck_listings_cleaning_fee_minor_not_negative")),
        sa.CheckConstraint("length(country_code) = 2", name=op.f("ck_listings_country_code_length")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_listings_currency_length")),
        sa.CheckConstraint("cut_off_hour BETWEEN 0 AND 23", name=op.f("ck_listings_cut_off_hour_range")),
        sa.CheckConstraint(
            "(early_bird_days IS NULL) = (early_bird_percent IS NULL)", name=op.f("ck_listings_early_bird_pair")
        ),
        sa.CheckConstraint("early_bird_percent BETWEEN 0 AND 100", name=op.f("ck_listings_early_bird_percent_range")),
        sa.CheckConstraint("extra_guest_fee_minor >= 0", name=op.f("ck_listings_extra_guest_fee_minor_not_negative")),
        sa.CheckConstraint("(import_source IS NULL) = (import_key IS NULL)", name=op.f("ck_listings_import_pair")),
        sa.CheckConstraint(
            "(last_minute_days IS NULL) = (last_minute_percent IS NULL)", name=op.f("ck_listings_last_minute_pair")
        ),
        sa.CheckConstraint("last_minute_percent BETWEEN 0 AND 100", name=op.f("ck_listings_last_minute_percent_range")),
        sa.CheckConstraint("latitude_e6 BETWEEN -90000000 AND 90000000", name=op.f("ck_listings_latitude_e6_range")),
        sa.CheckConstraint(
            "longitude_e6 BETWEEN -180000000 AND 180000000", name=op.f("ck_listings_longitude_e6_range")
        ),
        sa.CheckConstraint("max_guests >= 1", name=op.f("ck_listings_max_guests_positive")),
        sa.CheckConstraint(
            "monthly_discount_percent BETWEEN 0 AND 100", name=op.f("ck_listings_monthly_discount_percent_range")
        ),
        sa.CheckConstraint(
            "new_listing_discount_percent BETWEEN 0 AND 100",
            name=op.f("ck_listings_new_listing_discount_percent_range"),
        ),
        sa.CheckConstraint("nightly_price_minor >= 0", name=op.f("ck_listings_nightly_price_minor_not_negative")),
        sa.CheckConstraint("min_nights >= 1 AND min_nights <= max_nights", name=op.f("ck_listings_nights_order")),
        sa.CheckConstraint(
            "non_refundable_discount_percent BETWEEN 0 AND 100",
            name=op.f("ck_listings_non_refundable_discount_percent_range"),
        ),
        sa.CheckConstraint("pet_fee_minor >= 0", name=op.f("ck_listings_pet_fee_minor_not_negative")),
        sa.CheckConstraint("preparation_days BETWEEN 0 AND 7", name=op.f("ck_listings_preparation_days_range")),
        sa.CheckConstraint(
            "nightly_price_minor IS NOT NULL OR status IN ('draft', 'suspended', 'archived')",
            name=op.f("ck_listings_priced"),
        ),
        sa.CheckConstraint(
            "property_type IN ('apartment', 'house', 'villa', 'cottage', 'cabin', 'guesthouse', 'hotel', "
            "'hostel', 'boat', 'other')",
            name=op.f("ck_listings_property_type"),
        ),
        sa.CheckConstraint(
            "public_latitude_e6 BETWEEN -90000000 AND 90000000", name=op.f("ck_listings_public_latitude_e6_range")
        ),
        sa.CheckConstraint(
            "public_longitude_e6 BETWEEN -180000000 AND 180000000", name=op.f("ck_listings_public_longitude_e6_range")
        ),
        sa.CheckConstraint(
            "room_type IN ('entire_place', 'private_room', 'shared_room')", name=op.f("ck_listings_room_type")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'changes_requested', 'published', 'paused', 'suspended', 'archived')",
            name=op.f("ck_listings_status"),
        ),
        sa.CheckConstraint("weekend_price_minor >= 0", name=op.f("ck_listings_weekend_price_minor_not_negative")),
        sa.CheckConstraint(
            "weekly_discount_percent BETWEEN 0 AND 100", name=op.f("ck_listings_weekly_discount_percent_range")
        ),
        **TABLE,
    )
    op.create_index("ix_listings_host_id_id", "listings", ["host_id", "id"])
    op.create_index("ix_listings_status_id", "listings", ["status", "id"])
    op.create_table(
        "listing_photos",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("base_key", ascii_string(200), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(300), nullable=True),
        sa.Column("alt_text", sa.String(300), nullable=True),
        sa.Column("content_hash", ascii_string(64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_listing_photos"),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name="fk_listing_photos_listing_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("height >= 0", name=op.f("ck_listing_photos_height_not_negative")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_listing_photos_position_not_negative")),
        sa.CheckConstraint("status IN ('processing', 'ready', 'failed')", name=op.f("ck_listing_photos_status")),
        sa.CheckConstraint("width >= 0", name=op.f("ck_listing_photos_width_not_negative")),
        **TABLE,
    )
    op.create_index("ix_listing_photos_listing_id_position", "listing_photos", ["listing_id", "position"])
    op.create_index("ix_listing_photos_status_created_at", "listing_photos", ["status", "created_at"])
    op.create_table(
        "amenities",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("slug", ascii_string(40), nullable=False),
        sa.Column("group", ascii_string(40), nullable=False),
        sa.Column("icon", ascii_string(40), nullable=False),
        sa.Column("label_key", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_amenities"),
        sa.UniqueConstraint("slug", name="uq_amenities_slug"),
        sa.CheckConstraint("id BETWEEN 0 AND 61", name=op.f("ck_amenities_id_range")),
        **TABLE,
    )
    op.create_table(
        "listing_amenities",
        sa.Column("listing_id", sa.BigInteger(), nullable=False),
        sa.Column("amenity_id", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("listing_id", "amenity_id", name="pk_listing_amenities"),
        sa.ForeignKeyConstraint(
            ["amenity_id"], ["amenities.id"], name="fk_listing_amenities_amenity_id", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name="fk_listing_amenities_listing_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
        **TABLE,
    )
    op.create_table(
        "listing_figures",
        sa.Column("listing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rating_sum", sa.Integer(), nullable=False),
        sa.Column("review_count", sa.Integer(), nullable=False),
        sa.Column("cleanliness_sum", sa.Integer(), nullable=False),
        sa.Column("cleanliness_count", sa.Integer(), nullable=False),
        sa.Column("accuracy_sum", sa.Integer(), nullable=False),
        sa.Column("accuracy_count", sa.Integer(), nullable=False),
        sa.Column("check_in_sum", sa.Integer(), nullable=False),
        sa.Column("check_in_count", sa.Integer(), nullable=False),
        sa.Column("communication_sum", sa.Integer(), nullable=False),
        sa.Column("communication_count", sa.Integer(), nullable=False),
        sa.Column("location_sum", sa.Integer(), nullable=False),
        sa.Column("location_count", sa.Integer(), nullable=False),
        sa.Column("value_sum", sa.Integer(), nullable=False),
        sa.Column("value_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("listing_id", name="pk_listing_figures"),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name="fk_listing_figures_listing_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("accuracy_count >= 0", name=op.f("ck_listing_figures_accuracy_count_not_negative")),
        sa.CheckConstraint("accuracy_sum >= 0", name=op.f("ck_listing_figures_accuracy_sum_not_negative")),
        sa.CheckConstraint("check_in_count >= 0", name=op.f("ck_listing_figures_check_in_count_not_negative")),
        sa.CheckConstraint("check_in_sum >= 0", name=op.f("ck_listing_figures_check_in_sum_not_negative")),
        sa.CheckConstraint("cleanliness_count >= 0", name=op.f("ck_listing_figures_cleanliness_count_not_negative")),
        sa.CheckConstraint("cleanliness_sum >= 0", name=op.f("ck_listing_figures_cleanliness_sum_not_negative")),
        sa.CheckConstraint(
            "communication_count >= 0", name=op.f("ck_listing_figures_communication_count_not_negative")
        ),
        sa.CheckConstraint("communication_sum >= 0", name=op.f("ck_listing_figures_communication_sum_not_negative")),
        sa.CheckConstraint("location_count >= 0", name=op.f("ck_listing_figures_location_count_not_negative")),
        sa.CheckConstraint("location_sum >= 0", name=op.f("ck_listing_figures_location_sum_not_negative")),
        sa.CheckConstraint("rating_sum >= 0", name=op.f("ck_listing_figures_rating_sum_not_negative")),
        sa.CheckConstraint("review_count >= 0", name=op.f("ck_listing_figures_review_count_not_negative")),
        sa.CheckConstraint("value_count >= 0", name=op.f("ck_listing_figures_value_count_not_negative")),
        sa.CheckConstraint("value_sum >= 0", name=op.f("ck_listing_figures_value_sum_not_negative")),
        **TABLE,
    )


def downgrade() -> None:
    op.drop_table("listing_figures")
    op.drop_table("listing_amenities")
    op.drop_table("amenities")
    op.drop_table("listing_photos")
    op.drop_table("listings")
